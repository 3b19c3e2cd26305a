// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Store

extension World {
  /// The person at this machine does something.
  func edit(_ node: Node) throws {
    guard !node.isReader, node.store != nil else { return }
    counts.edits += 1
    let isFuture = isOn(.future) && chance(12)
    let kind = int(0..<100)
    trace.add("\(step) n\(node.index) edits \(isFuture ? "later" : "\(kind)")")
    try use(node, .edit) { store in
      if isFuture { return try writeFuture(store) }
      switch kind {
      case 0..<12: try addArticle(store)
      case 12..<26: try annotate(node, store)
      case 26..<50: try writeNote(node, store)
      case 50..<62: try setField(store)
      case 62..<74: try tag(store)
      case 74..<78: try renameTag(store)
      case 78..<84: if let id = anything() { _ = try store.delete(id) }
      case 84..<90: if let id = anything() { _ = try store.restore(id) }
      case 90..<95: if isOn(.undo) { _ = try store.undo() }
      default: try resolve(store)
      }
    }
  }

  /// One of the newer things, so that several machines write to the same.
  private func recent(_ all: [EntityID]) -> EntityID? { any(Array(all.suffix(6))) }

  private func anything() -> EntityID? { recent(chance(40) ? articles : annotations) }

  private func word() -> String {
    let words = ["river", "rose", "a", "bank ", "é", "😀", "नदी", "flood\n", "x", "monsoon "]
    return (any(words) ?? "") + (chance(30) ? "\(int(0..<100))" : "")
  }

  private func addArticle(_ store: Store) throws {
    // Now and then two machines save the same.
    let name = chance(30) ? "\(int(0..<6))" : "\(step) \(int(0..<1000))"
    let isLarge = isOn(.largeTexts) && chance(5)
    let text = "Text \(name). " + (isLarge ? Self.largeText : "The river rose. ")
    var new = NewArticle(text: try CanonicalText(text))
    if chance(40) {
      new.url = try ArticleURL("https://example.org/\(chance(50) ? "same" : name.prefix(4))")
    }
    if chance(50) { new.title = word() }
    let id = try store.addArticle(new).id
    if !articles.contains(id) { articles.append(id) }
  }

  /// Takes three messages.
  private static let largeText = String(
    repeating: "the river rose and the bank was flooded; ", count: Network.textBytesMax * 5 / 2 / 41
  )

  private func annotate(_ node: Node, _ store: Store) throws {
    if chance(30), let parent = recent(annotations) {
      let reply = try store.reply(to: parent, note: word(), tags: [])
      annotations.append(reply)
      node.promised = reply
      return
    }
    guard let article = recent(articles) else { return try addArticle(store) }
    var new = NewAnnotation(target: Target(article: article))
    if chance(70) { new.note = word() }
    if chance(30) { new.tags = [try TagName("t\(int(0..<5))")] }
    if chance(30) { new.color = "yellow" }
    // As when one file is imported on two machines.
    if chance(15) {
      let raw = Bytes16(high: 7, low: UInt64(int(0..<8)))
      new.id = EntityID(kind: .annotation, raw: raw)
      new.note = "imported"
    }
    let id = try store.annotate(new)
    if !annotations.contains(id) { annotations.append(id) }
    node.promised = id
  }

  /// Edits a note, perhaps from a draft that was opened a while ago.
  private func writeNote(_ node: Node, _ store: Store) throws {
    if node.draft == nil || chance(70) {
      guard let note = recent(annotations) else { return try annotate(node, store) }
      node.draft = (note, try store.draft(of: note))
      if chance(25) { return }
    }
    guard let (note, draft) = node.draft else { return }
    node.draft = nil
    var letters = Array(draft.text)
    for _ in 0...int(0..<2) {
      let place = int(0...letters.count)
      if chance(letters.count > 60 ? 80 : 35) {
        letters.removeSubrange(place..<min(letters.count, place + int(1...12)))
      } else {
        letters.insert(contentsOf: Array(word()), at: place)
      }
    }
    try store.setNote(of: note, to: String(letters), base: draft)
  }

  private func setField(_ store: Store) throws {
    if chance(60), let article = recent(articles) {
      let field = any([Field.title, .author, .site]) ?? .title
      try store.set([(field, .text(word()))], of: article, action: "title")
    } else if let note = recent(annotations) {
      try store.set([(.color, .text(any(["red", "blue"]) ?? ""))], of: note, action: "color")
    }
  }

  private func tag(_ store: Store) throws {
    guard let id = anything() else { return }
    let tags = try (0..<2).map { _ in try TagName("t\(int(0..<5))") }
    if chance(60) {
      _ = try store.tag(id, add: Array(tags.prefix(int(1...2))), remove: [])
    } else {
      _ = try store.tag(id, add: [], remove: [tags[0]])
    }
  }

  private func renameTag(_ store: Store) throws {
    let (old, new) = (try TagName("t\(int(0..<5))"), try TagName("t\(int(0..<5))"))
    try store.renameTag(old, to: new, mustBeFree: false)
  }

  private func resolve(_ store: Store) throws {
    guard let id = anything(), let conflict = any(try store.conflicts(of: id)),
      let version = any(conflict.versions)
    else { return }
    try store.resolve(conflict.entity, conflict.field, to: version.value)
  }

  /// What a later version would write: fields, kinds and ops that this one does not know.
  private func writeFuture(_ store: Store) throws {
    let known = anything()
    let strange = EntityID(
      kind: EntityKind(code: 70 + UInt64(int(0..<3))),
      raw: Bytes16(high: 5, low: UInt64(int(0..<4))))
    let entity = chance(50) ? known ?? strange : strange
    let value: Value? = any([.text(word()), .integer(7), .opaque(tag: 99, bytes: [1, 2, 3])])
    try store.importBatch { session in
      if chance(40) {
        return try session.append(
          Operation(entity: entity, action: .unknown(code: 40, bytes: [UInt8(int(0..<9))])))
      }
      let field = Field(code: 900 + UInt64(int(0..<3)))
      // Whether it replaces what it sees is the later version's business.
      let seen = chance(60) ? try session.state(of: entity).dots(of: field) : []
      try session.append(Operation(entity, field, removes: seen, value: value))
    }
  }
}
