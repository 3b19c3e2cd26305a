// SPDX-License-Identifier: MIT

/// What each tag now goes by.
///
/// A rename is a record (old name → new name) and touches nothing that carries the old one, so a
/// machine that went on using the old name offline comes to the new one too. Renaming `news` takes
/// `news/india` along, unless that has a record of its own. What a tag goes by depends on the
/// records
/// that speak of it alone, and goes by itself: `resolve(resolve(x))` is `resolve(x)`.
public struct TagAliases: Sendable {
  /// For each renamed name where its chain of renames ends; a name of a circle stands for all of
  /// it.
  private let ends: [String: String]
  /// Renames of beginnings that one name may go through. Only a knot of records needs more; a name
  /// that leads into one goes by itself.
  private static let stepsMax = 64

  /// The records, old name to new. O(n).
  ///
  /// Renames made apart may lead in a circle (a → b here, b → a there): all names of the circle
  /// then go by its least, by bytes, on every machine.
  public init(_ renames: [String: String]) {
    var ends: [String: String] = [:]
    for start in renames.keys {
      var trail: [String] = []
      var places: [String: Int] = [:]
      var name = start
      while ends[name] == nil, places[name] == nil, let next = renames[name] {
        places[name] = trail.count
        trail.append(name)
        name = next
      }
      let end = ends[name] ?? places[name].map { Self.least(trail[$0...], else: name) } ?? name
      for each in trail { ends[each] = end }
    }
    self.ends = ends
  }

  /// The name that `tag` goes by, after every rename.
  public func resolve(_ tag: String) -> String {
    var trail: [String] = [tag]
    var name = tag
    while let next = step(name) {
      if let start = trail.firstIndex(of: next) { return Self.least(trail[start...], else: next) }
      // Renames into one another's paths (a → b/x here, b → a/y there) would grow for ever.
      guard trail.count <= Self.stepsMax else { return tag }
      trail.append(next)
      name = next
    }
    return name
  }

  /// One rename: of the whole name, else of its longest renamed beginning.
  private func step(_ name: String) -> String? {
    var cut = name.utf8.endIndex
    while true {
      let old = String(name[..<cut])
      if let end = ends[old] {
        // Where `a` goes by `a/b`, what is called `a/b` or `a/b/c` has arrived.
        if Self.isAtOrBelow(end, old) && Self.isAtOrBelow(name, end) { return nil }
        return end + name[cut...]
      }
      guard let slash = name.utf8[..<cut].lastIndex(of: 0x2F) else { return nil }
      cut = slash
    }
  }

  private static func isAtOrBelow(_ name: String, _ path: String) -> Bool {
    let rest = name.utf8.dropFirst(path.utf8.count)
    return name.utf8.starts(with: path.utf8) && (rest.isEmpty || rest.first == 0x2F)
  }

  private static func least(_ names: ArraySlice<String>, else name: String) -> String {
    names.min { $0.utf8.lexicographicallyPrecedes($1.utf8) } ?? name
  }
}
