// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension WriteTransaction {
  /// A change under the names that hold here, and the lines of forked histories that it speaks of.
  ///
  /// What it depends on must be held, and be the very history that the hashes say: a count alone
  /// would let a change that was written on one branch be merged with another.
  func resolve(
    _ raw: Change, _ ordinal: Int, _ head: WriterHead
  ) throws -> (change: Change, lines: SeenLines) {
    var lines = SeenLines()
    guard writers.hasForks else {
      for dependency in raw.dependencies { _ = try place(of: dependency, raw) }
      return (raw, lines)
    }
    var change = raw
    let own = writers.root(of: ordinal)
    var context = head.context
    change.dependencies = []
    for dependency in raw.dependencies {
      guard let found = try place(of: dependency, raw) else {
        // Admission says which is missing.
        change.dependencies.append(dependency)
        continue
      }
      guard writers.root(of: found.ordinal) != own else {
        throw MergeError.malformed(what: "a dependency on the writer itself", offset: 0)
      }
      guard found.sequence > context[writers.id(found.ordinal)] else {
        throw MergeError.staleDependency(writer: raw.writer, on: dependency.writer)
      }
      // Who has seen a segment has seen all before it.
      for step in writers.path(to: found) where step.sequence > context[writers.id(step.ordinal)] {
        let writer = writers.id(step.ordinal)
        context.advance(writer, to: step.sequence)
        change.dependencies.append(
          Dependency(writer: writer, count: step.sequence, hash: dependency.hash))
      }
    }
    writers.localise(&change, ordinal) { named in
      let line = writers.line(from: named, seen: context)
      lines[named] = line
      return line
    }
    return (change, lines)
  }

  /// The change that a dependency means; nil when it is not held.
  private func place(of dependency: Dependency, _ raw: Change) throws -> HeldPlace? {
    guard let named = writers.known(dependency.writer) else { return nil }
    let start = writers.segments[named].start
    let (number, overflow) = start.addingReportingOverflow(dependency.count)
    if overflow { return nil }
    let found = try ChangeLog.places(db, root: named, number: number, writers)
    if let match = found.first(where: { Chain.prefix($0.hash) == dependency.hash }) {
      return match.place
    }
    if found.isEmpty { return nil }
    throw MergeError.otherBranch(
      writer: raw.writer, needs: dependency.writer, sequence: dependency.count)
  }
}
