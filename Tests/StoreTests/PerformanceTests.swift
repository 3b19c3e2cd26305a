// SPDX-License-Identifier: MIT

import GRDB
import Merge
import Synchronization
import Testing

@testable import Store

/// Work that is counted (asserted) and timed (printed: this machine is not that one).
@Suite struct PerformanceTests {
  private static let text = "The river rose at night. Two villages were cut off."

  /// Counts the statements that run while `body` does.
  private func statements(_ store: Store, _ body: () throws -> Void) throws -> [String] {
    let counted = StatementCount()
    try store.write { transaction in
      try transaction.db.trace(options: .statement) { event in
        if case .statement(let statement) = event { counted.add(statement.sql) }
      }
    }
    try body()
    try store.write { try $0.db.trace(options: .statement, nil) }
    return counted.all
  }

  @Test("one annotation takes few statements, however large the library")
  func statementsPerAnnotation() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add(Self.text)
    try store.importBatch { session in
      for _ in 0..<500 { try session.annotate(NewAnnotation(target: Target(article: article))) }
    }
    var new = NewAnnotation(target: Target(article: article))
    new.note = "note"
    let single = try statements(store) { _ = try store.annotate(new) }
    print("one annotation alone: \(single.count) statements")
    #expect(single.count <= 40, "\(single)")
    let writes = single.filter { sql in
      ["INSERT", "UPDATE", "DELETE"].contains { sql.hasPrefix($0) }
    }
    #expect(writes.count <= 8, "\(writes)")
    let many = try statements(store) {
      try store.importBatch { session in
        for _ in 0..<1000 { try session.annotate(new) }
      }
    }
    let each = Double(many.count) / 1000
    print("an annotation among 1000: \(each) statements")
    #expect(each <= 5)
  }

  @Test("no edit merges the index of all that was imported before it")
  func bytesPerEdit() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add(Self.text)
    try store.importBatch { session in
      for number in 0..<3_000 {
        var new = NewAnnotation(target: Target(article: article))
        new.note = (0..<100).map { "w\(number * 100 + $0)" }.joined(separator: " ")
        try session.annotate(new)
        try session.endChangeIfLarge()
      }
    }
    let index: Int64 = try store.read {
      try $0.db.first("SELECT sum(length(block)) FROM search_data")?[0] ?? 0
    }
    #expect(index > 2 << 20)
    func logged() throws -> Int64 {
      Int64(try FileSystem.status(store.directory.database + "-wal")?.st_size ?? 0)
    }
    var most: Int64 = 0
    for number in 0..<40 {
      #expect(try store.foldLog())
      let before = try logged()
      _ = try store.highlight(article, "river", note: "note \(number)")
      most = max(most, try logged() - before)
    }
    print("the largest of 40 edits wrote \(most / 1024) KiB, beside an index of \(index / 1024)")
    #expect(most > 0 && most < index / 4)
  }

  @Test("merging a batch takes few statements a change")
  func statementsPerMerge() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add(Self.text)
    for number in 0..<100 { try stores[0].highlight(article, "river", note: "\(number)") }
    let changes = try stores[0].changes(missingFrom: VersionVector(), bytesMax: 1 << 24).changes
    let all = try statements(stores[1]) { _ = try stores[1].merge(changes) }
    let each = Double(all.count) / Double(changes.count)
    print("a merged change: \(each) statements")
    #expect(each <= 6)
    let queries = all.filter { $0.contains("FROM change") }
    #expect(queries.count <= changes.count)
  }

  @Test("many annotations go in at a rate that is worth printing; with POSTIL_SOAK, 20,000")
  func importRate() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add(Self.text)
    let count = isSoaking ? 20_000 : 4000
    let clock = ContinuousClock()
    let importing = try clock.measure {
      try stores[0].importBatch { session in
        for number in 0..<count {
          var new = NewAnnotation(target: Target(article: article))
          new.note = "note number \(number)"
          try session.annotate(new)
          try session.endChangeIfLarge()
        }
      }
    }
    let merging = try clock.measure { try stores[1].pull(from: stores[0]) }
    print("importing \(count) annotations: \(importing); merging them elsewhere: \(merging)")
    #expect(try stores[1].status().annotations == count)
    #expect(try stores[0].holdings().fingerprint == stores[1].holdings().fingerprint)
  }
}

/// The statements of a trace.
private final class StatementCount: Sendable {
  private let statements = Mutex<[String]>([])
  func add(_ sql: String) { statements.withLock { $0.append(sql) } }
  var all: [String] { statements.withLock { $0 } }
}
