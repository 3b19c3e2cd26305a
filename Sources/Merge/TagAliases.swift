// SPDX-License-Identifier: MIT

/// What each tag now goes by.
///
/// A rename is a record (old name → new name) and touches nothing that carries the old one, so a
/// machine that went on using the old name offline comes to the new one too. Renaming `news` takes
/// `news/india` along, unless that has a record of its own.
public struct TagAliases: Sendable {
  private let renames: [String: String]

  /// The records, old name to new.
  public init(_ renames: [String: String]) {
    self.renames = renames
  }

  /// The name that `tag` goes by, after every rename.
  ///
  /// Renames made apart may lead in a circle (a → b here, b → a there): all names of the circle
  /// then go by its least, on every machine. At most one step for each record.
  public func resolve(_ tag: String) -> String {
    var trail: [String] = [tag]
    var name = tag
    while let next = step(name), next != name {
      if let start = trail.firstIndex(of: next) {
        return trail[start...].min { $0.utf8.lexicographicallyPrecedes($1.utf8) } ?? next
      }
      // A rename into one's own path (`a` → `a/b`) would grow for ever: it is taken once.
      guard trail.count <= renames.count else { return next }
      trail.append(next)
      name = next
    }
    return name
  }

  /// One rename: of the whole name, else of its longest renamed beginning.
  private func step(_ name: String) -> String? {
    if let whole = renames[name] { return whole }
    var end = name.endIndex
    while let slash = name[..<end].lastIndex(of: "/") {
      if let head = renames[String(name[..<slash])] {
        let renamed = head + name[slash...]
        return renamed.hasPrefix(name + "/") ? nil : renamed
      }
      end = slash
    }
    return nil
  }
}
