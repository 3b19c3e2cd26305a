// SPDX-License-Identifier: MIT

/// Finds how much of a history must be loaded to merge ops that were made on older versions.
///
/// Give it the heads of the text and the parents of each op to come, then the ops of the log,
/// newest first, until `isComplete`: what was given is then the whole stretch, and nothing in it is
/// concurrent to anything below `base`.
public struct TextStretch: Sendable {
  /// A version named somewhere in the stretch, of which at least one head is not loaded.
  private struct Pending: Hashable {
    /// The heads that are not loaded, sorted.
    var missing: [Dot]
    /// Whether others of its heads are loaded: then it is no version to start from.
    var partial: Bool
  }

  private var pending: Set<Pending> = []
  /// Whether something starts from the empty text.
  private var reachesRoot = false

  /// A stretch that ends in `versions`: the text's heads, and the parents of ops to come, as far
  /// as these are not themselves to come.
  public init(versions: [[Dot]]) {
    for version in versions { add(version) }
  }

  /// Whether the ops given so far are enough.
  public var isComplete: Bool {
    if reachesRoot { return pending.isEmpty }
    guard pending.count <= 1 else { return false }
    return pending.first.map { !$0.partial } ?? true
  }

  /// The heads of the version to start from, once the stretch is complete.
  public var base: [Dot] { isComplete ? pending.first?.missing ?? [] : [] }

  /// Adds the next older op that the log holds; says whether it belongs to the stretch.
  @discardableResult
  public mutating func load(_ dot: Dot, parents: [Dot]) -> Bool {
    let touched = pending.filter { $0.missing.contains(dot) }
    guard !touched.isEmpty else { return false }
    for version in touched {
      pending.remove(version)
      let missing = version.missing.filter { $0 != dot }
      if !missing.isEmpty { pending.insert(Pending(missing: missing, partial: true)) }
    }
    add(parents)
    return true
  }

  private mutating func add(_ version: [Dot]) {
    if version.isEmpty {
      reachesRoot = true
    } else {
      pending.insert(Pending(missing: version.sorted(), partial: false))
    }
  }
}
