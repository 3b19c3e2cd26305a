// SPDX-License-Identifier: MIT

/// Where one writer's history stands here, and what that writer had seen by then.
///
/// Invariant: `context` covers nothing that the store does not hold, since a change is admitted
/// only when all that it depends on is held (causal delivery, Birman and Joseph 1987). Therefore a
/// removed dot needs no tombstone: who removes it comes after who made it, everywhere.
public struct WriterHead: Hashable, Sendable {
  /// How many of the writer's changes are held.
  public var sequence: UInt64
  /// The Lamport number of the last of them; 0 before the first.
  public var lamport: UInt64
  /// What the writer had seen of the others when it wrote the last of them.
  public var context: VersionVector
  /// The chain hash of the last of them: 32 bytes; zeros before the first.
  public var hash: [UInt8]

  /// A writer of whom nothing is held.
  public init() {
    sequence = 0
    lamport = 0
    context = VersionVector()
    hash = [UInt8](repeating: 0, count: 32)
  }

  /// A head with all its parts.
  public init(sequence: UInt64, lamport: UInt64, context: VersionVector, hash: [UInt8]) {
    self.sequence = sequence
    self.lamport = lamport
    self.context = context
    self.hash = hash
  }

  /// The head after `change`, if it may follow: it is the next in its chain, all that it depends
  /// on is held, its Lamport number is right, and its ops name only dots that it can have seen.
  ///
  /// The Lamport number must be exact, not only greater, so that a hostile writer can't drive it
  /// to its ceiling. `lamportOf` answers for any change that is held. The new head's `hash` is
  /// still the old one: hashing is the store's.
  public func admitting(
    _ change: Change, held: VersionVector, lamportOf: (WriterID, UInt64) -> UInt64?
  ) throws(MergeError) -> WriterHead {
    guard change.sequence == sequence + 1 else {
      throw .notNext(writer: change.writer, sequence: change.sequence, expected: sequence + 1)
    }
    guard !change.operations.isEmpty else {
      throw .empty(writer: change.writer, sequence: change.sequence)
    }
    guard change.operations.count <= ChangeLimits.operationsMax else {
      throw .beyondLimit(
        what: "ops", value: UInt64(change.operations.count), limit: ChangeLimits.operationsMax,
        offset: 0)
    }
    var next = self
    var seen = lamport
    for dependency in change.dependencies {
      guard dependency.count > context[dependency.writer], dependency.writer != change.writer else {
        throw .staleDependency(writer: change.writer, on: dependency.writer)
      }
      guard dependency.count <= held[dependency.writer],
        let lamport = lamportOf(dependency.writer, dependency.count)
      else {
        throw .missingDependency(
          writer: change.writer, needs: dependency.writer, sequence: dependency.count)
      }
      seen = max(seen, lamport)
      next.context.advance(dependency.writer, to: dependency.count)
    }
    guard change.lamport == seen + 1 else {
      throw .badLamport(
        writer: change.writer, sequence: change.sequence, is: change.lamport, expected: seen + 1)
    }
    next.sequence = change.sequence
    next.lamport = change.lamport
    for (index, operation) in change.operations.enumerated() {
      try next.checkDots(of: operation, index: index, change: change)
    }
    return next
  }

  private func checkDots(
    of operation: Operation, index: Int, change: Change
  ) throws(MergeError) {
    guard case .assign(let field, let removes, let value) = operation.action else { return }
    for dot in removes { try check(dot, index: index, change: change) }
    guard let value else {
      // It has no encoding.
      if removes.isEmpty { throw .empty(writer: change.writer, sequence: change.sequence) }
      // Heads go only where an edit takes their place: else the text would stand at no version.
      if field.semantics == .text {
        throw .malformed(what: "a note's text that is not an edit", offset: 0)
      }
      return
    }
    switch (field.semantics, value) {
    case (.text, .edit), (.deletion, .dots), (.set, _), (.register, _): break
    case (.text, _):
      throw .malformed(what: "a note's text that is not an edit", offset: 0)
    case (.deletion, _):
      throw .malformed(what: "a deletion without the dots it had seen", offset: 0)
    }
    if case .edit = value, field.semantics != .text {
      throw .malformed(what: "an edit of what is not text", offset: 0)
    }
    if case .dots(let dots) = value {
      for dot in dots { try check(dot, index: index, change: change) }
    }
  }

  private func check(_ dot: Dot, index: Int, change: Change) throws(MergeError) {
    let seen: Bool
    if dot.writer == change.writer {
      seen =
        dot.sequence > 0
        && (dot.sequence < change.sequence
          || dot.sequence == change.sequence && Int(dot.index) < index)
    } else {
      seen = context.contains(dot)
    }
    if !seen { throw .unseenDot(dot) }
  }
}
