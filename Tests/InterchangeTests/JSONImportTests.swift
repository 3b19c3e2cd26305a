// SPDX-License-Identifier: MIT

import Anchoring
import Interchange
import Merge
import Store
import Terminal
import TestSupport
import Testing

@Suite("Import json")
struct JSONImportTests {
  @Test("Exported, imported into an empty store and exported again, the bytes are the same")
  func roundTripBytes() throws {
    let scratch = try Scratch()
    // Two machines of one name at one moment: what an import can't carry over is then equal too.
    let source = try scratch.store("a", device: "desk", tick: 0)
    let target = try scratch.store("b", seed: 2, device: "desk", tick: 0)
    _ = try sampleLibrary(source)
    let bytes = try exported(source)
    let report = try importing(bytes, into: target)
    #expect(report.read == 7 && report.addedArticles == 2 && report.addedAnnotations == 4)
    #expect(report.addedRevisions == 3 && report.addedRenames == 1 && report.skipped == [])
    #expect(lines(try exported(target)).dropFirst() == lines(bytes).dropFirst())
  }

  @Test(
    "On another machine later, all that an import carries is the same, also in small batches",
    arguments: [1, 2, 3, 20_000])
  func roundTripLater(batch: Int) throws {
    let scratch = try Scratch()
    let source = try scratch.store("a")
    let target = try scratch.store("b", seed: 2, start: 1_800_000_000_000)
    _ = try sampleLibrary(source)
    let bytes = try exported(source)
    try importing(bytes, into: target, batchRecords: batch)
    #expect(try portable(exported(target)) == portable(bytes))
    #expect(try target.doctor().problems == [])
  }

  @Test("One's own export changes nothing, also where an annotation begins or ends its article")
  func ownExport() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let other = try scratch.store("b", seed: 2)
    let home = try store.addArticle(article("The valley woke late.", title: "The valley")).id
    for quote in ["The", "woke", "late.", "The valley woke late."] {
      try annotate(store, home, quote)
    }
    let bytes = try exported(store)
    let report = try importing(bytes, into: store)
    #expect(report.unchanged == 5 && report.keptDifferent == 0 && report.updated == 0)
    // What was imported elsewhere is the same value there.
    try importing(bytes, into: other)
    try pull(store, into: other)
    #expect(try other.conflicts().isEmpty)
  }

  @Test("Random libraries come back whole", arguments: 1...6)
  func random(seed: UInt64) throws {
    let scratch = try Scratch()
    let source = try scratch.store("a", seed: seed)
    var random = SeededGenerator(seed: seed)
    var holders: [(article: EntityID, parent: EntityID?)] = []
    for number in 0..<4 {
      for edition in 0...Int.random(in: 0..<4, using: &random) {
        let id = try source.addArticle(
          article(
            "Text \(number), edition \(edition) — \(random.next())", title: "Title \(number)",
            url: "https://example.org/\(number)")
        ).id
        holders.append((id, nil))
      }
    }
    let colors: [String?] = ["red", "teal", nil]
    for number in 0..<60 {
      guard let holder = holders.randomElement(using: &random) else { continue }
      var new = NewAnnotation(target: Target(article: holder.article, parent: holder.parent))
      new.note = ["", "n\(number)", "न\r\n🫖\t\"\\", nil].randomElement(using: &random) ?? nil
      new.color = colors.randomElement(using: &random) ?? nil
      new.tags = try ["a", "b/c", "घाटी"].shuffled(using: &random)
        .prefix(Int.random(in: 0...3, using: &random)).map { try TagName($0) }
      new.created = Int64.random(in: -1_000_000...2_000_000_000_000, using: &random)
      let id = try source.annotate(new)
      holders.append((holder.article, id))
      if Int.random(in: 0..<8, using: &random) == 0 { _ = try source.delete(id) }
      holders.removeAll { [source] holder in
        holder.parent.map { (try? source.draft(of: $0)) == nil } ?? false
      }
    }
    let target = try scratch.store("b", seed: seed + 100, start: 1_800_000_000_000)
    let bytes = try exported(source)
    let rehearsal = try importing(bytes, into: target, dryRun: true, batchRecords: 7)
    #expect(try target.holdings().version.isEmpty)
    let report = try importing(bytes, into: target, batchRecords: 7)
    #expect(report == rehearsal && report.skipped == [])
    #expect(try portable(exported(target)) == portable(bytes))
    let before = try canonical(target)
    let again = try importing(bytes, into: target, batchRecords: 11)
    #expect(again.unchanged == again.read && !again.isChange)
    #expect(try canonical(target) == before)
  }

  @Test("Twice is once: the second time nothing changes and nothing is logged")
  func twice() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    _ = try sampleLibrary(source)
    let bytes = try exported(source)
    try importing(bytes, into: target)
    let before = try canonical(target)
    let report = try importing(bytes, into: target)
    #expect(report.read == 7 && report.unchanged == 7 && !report.isChange)
    #expect(report.keptDifferent == 0 && report.keptDeleted == 0)
    #expect(try canonical(target) == before)
    // Nor does a store's own export change it, where all names are spelled by renames.
    let own = try canonical(source)
    #expect(try importing(bytes, into: source).unchanged == 7)
    #expect(try canonical(source) == own)
  }

  @Test("One file told twice within itself is once as well")
  func concatenated() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    _ = try sampleLibrary(source)
    let bytes = try exported(source)
    let rehearsal = try importing(bytes + bytes, into: target, dryRun: true)
    let report = try importing(bytes + bytes, into: target)
    #expect(report.read == 14 && report.unchanged == 7 && report.addedAnnotations == 4)
    #expect(report.keptDifferent == 0 && report == rehearsal)
    #expect(try portable(exported(target)) == portable(bytes))
  }

  @Test("One file imported on two machines makes no thing twice when they sync")
  func twoMachines() throws {
    let scratch = try Scratch()
    let source = try scratch.store("a")
    let (left, right) = (try scratch.store("l", seed: 2), try scratch.store("r", seed: 3))
    let sample = try sampleLibrary(source)
    let bytes = try exported(source)
    try importing(bytes, into: left)
    try importing(bytes, into: right)
    try right.adopt(left.holdings().library, merging: true)
    try pull(left, into: right)
    try pull(right, into: left)
    #expect(try canonical(left) == canonical(right))
    let status = try left.status()
    #expect(status.articles == 2 && status.annotations == 4 && status.conflicts == 0)
    #expect(try left.article(sample.herald).tags == ["check", "news/asia"])
    #expect(try left.article(sample.herald).revisions.count == 2)
    let (here, told) = (try portable(exported(left)), try portable(bytes))
    #expect(here == told)
  }

  @Test("A dry run tells the same and writes nothing")
  func dryRun() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    _ = try sampleLibrary(source)
    let before = try canonical(target)
    let told = try importing(exported(source), into: target, dryRun: true, batchRecords: 1)
    #expect(try canonical(target) == before && target.status().writer == nil)
    #expect(try importing(exported(source), into: target, batchRecords: 1) == told)
    #expect(told.addedAnnotations == 4 && told.skippedCount == 0)
  }

  @Test("What is here is kept where it differs, and filled where it is empty")
  func keptAndFilled() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    let sample = try sampleLibrary(source)
    let bytes = try exported(source)
    try importing(bytes, into: target)
    try target.set([(.title, .text("Mine"))], of: sample.herald, action: "edit")
    try target.setNote(of: sample.note, to: "My words")
    try target.setNote(of: sample.reply, to: "")
    _ = try target.tag(sample.note, add: [TagName("mine")], remove: [TagName("words")])
    try target.set([(.color, .text("red"))], of: sample.highlight, action: "edit")
    let report = try importing(bytes, into: target)
    #expect(report.keptDifferent == 4 && report.updated == 1 && report.addedAnnotations == 0)
    #expect(try target.article(sample.herald).title == "Mine")
    let note = try target.annotation(sample.note)
    #expect(note.note == "My words" && note.tags == ["mine", "news/asia", "words"])
    #expect(try target.annotation(sample.reply).note == nil)
    #expect(try target.annotation(sample.highlight).color == "red")

    let page = sample.page.raw.uuidText
    let more = try #require(lines(bytes).first { $0.contains("\"id\":\"\(page)\"") })
      .replacing("\"kind\"", with: "\"note\":\"New.\",\"color\":\"blue\",\"kind\"")
    let filled = try importing(lines(bytes)[0] + "\n" + more + "\n", into: target)
    #expect(filled.updated == 1 && filled.keptDifferent == 0)
    #expect(try target.annotation(sample.page).note == "New.")
  }

  @Test("What was deleted stays deleted unless it is to be restored", arguments: [false, true])
  func deleted(dryRun: Bool) throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    let sample = try sampleLibrary(source)
    let bytes = try exported(source)
    try importing(bytes, into: target)
    _ = try target.delete(sample.herald)
    let before = try canonical(target)
    // A new annotation of a deleted article would bring it back.
    let id = "0123456789abcdef0123456789abcdef"
    let extra =
      "{\"type\":\"annotation\",\"id\":\"\(id)\",\"article\":\"\(sample.herald.raw.uuidText)\"}\n"
    let report = try importing(bytes + Array(extra.utf8), into: target)
    #expect(report.keptDeleted == 5 && report.unchanged == 3 && !report.isChange)
    #expect(try canonical(target) == before)
    let restored = try importing(bytes, into: target, restore: true, dryRun: dryRun)
    #expect(restored.restored == 4 && restored.keptDeleted == 0)
    if dryRun {
      #expect(try canonical(target) == before)
    } else {
      #expect(try portable(exported(target)) == portable(bytes))
    }
  }

  @Test("An article's revisions keep their order")
  func revisionOrder() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    var ids: [EntityID] = []
    for edition in 0..<6 {
      for number in 0..<3 {
        ids.append(
          try source.addArticle(
            article("Edition \(edition) of \(number).", title: "T", url: "https://e.org/\(number)")
          ).id)
      }
    }
    try importing(exported(source), into: target)
    for id in Set(ids) {
      let wanted = try source.article(id).revisions.map(\.hash)
      #expect(try target.article(id).revisions.map(\.hash) == wanted && wanted.count == 6)
    }
  }

  @Test("Tags that were renamed here are not added again under the old name")
  func renamedHere() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    let sample = try sampleLibrary(source)
    let bytes = try exported(source)
    try importing(bytes, into: target)
    try target.renameTag(TagName("words"), to: TagName("language"), mustBeFree: true)
    let report = try importing(bytes, into: target)
    #expect(report.unchanged == 7)
    #expect(try target.annotation(sample.note).tags == ["language", "news/asia"])
  }

  @Test("What was imported is found by searching, and the log says import")
  func searchable() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    let sample = try sampleLibrary(source)
    try importing(exported(source), into: target)
    #expect(try target.log(limit: 10).allSatisfy { $0.action == "import" })
    #expect(try target.log(of: sample.note, limit: 10).count == 1)
    #expect(try target.doctor().problems == [])
  }

  @Test("Progress ends with all bytes done")
  func progress() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    _ = try sampleLibrary(source)
    let bytes = try exported(source)
    var steps: [Int] = []
    var job = JSONImport()
    job.batchRecords = 2
    _ = try job.run(into: target, from: .bytes(bytes)) { done, total in
      #expect(total == bytes.count)
      steps.append(done)
    }
    #expect(steps.count == 4 && steps.last == bytes.count)
  }

  @Test("10,000 annotations: the time is printed")
  func speed() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let clock = ContinuousClock()
    let bytes = try largeExport(annotations: 10_000)
    var report = ImportReport()
    let time = try clock.measure { report = try importing(bytes, into: store) }
    #expect(report.addedAnnotations == 10_000 && report.skippedCount == 0)
    let again = try clock.measure { report = try importing(bytes, into: store) }
    #expect(report.unchanged == 10_001)
    print("import of 10,000 annotations: \(time); again: \(again); \(bytes.count) bytes")
  }
}
