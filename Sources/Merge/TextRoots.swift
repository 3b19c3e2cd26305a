// SPDX-License-Identifier: MIT

/// One beginning of a text, however many machines wrote it.
///
/// Importing one file on two machines that have not met gives one annotation, whose note both wrote
/// from nothing in the same words. Merged as any two insertions, the words would stand there twice.
/// So among ops that begin a text (no parents) with equal patches, the one that is first in
/// `DotOrder` stands for all: the others put in nothing, and what names them as parents means it.
/// That is a function of the set of ops, like everything in merging.
public struct TextRoots: Sendable {
  /// Ops that another stands for.
  public private(set) var aliases: [Dot: Dot] = [:]

  /// Looks through all ops of a text.
  public init(_ operations: [TextOperation], order: DotOrder = DotOrder()) {
    var least: [[TextPatch]: Dot] = [:]
    let roots = operations.filter { $0.parents.isEmpty }
    guard roots.count > 1 else { return }
    for root in roots {
      if let dot = least[root.patches], !order.precedes(root.dot, dot) { continue }
      least[root.patches] = root.dot
    }
    for root in roots {
      if let dot = least[root.patches], dot != root.dot { aliases[root.dot] = dot }
    }
  }

  /// The op as the history is to see it; nil when another stands for it.
  public func canonical(_ operation: TextOperation) -> TextOperation? {
    if aliases.isEmpty { return operation }
    guard aliases[operation.dot] == nil else { return nil }
    var canonical = operation
    canonical.parents = Set(operation.parents.map { aliases[$0] ?? $0 }).sorted()
    return canonical
  }
}
