// SPDX-License-Identifier: MIT

import Anchoring
import ArgumentParser
import Host
import Terminal

/// Everything about tags.
struct TagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Add, remove, list, rename and merge tags.",
    discussion: """
      Tags are paths: news/asia is below news.

      EXAMPLES
        clientctl tag add 3f2a news/asia to-read
        clientctl tag remove 3f2a to-read
        clientctl tag rename news press
        clientctl tag list
      """,
    subcommands: [
      TagAdd.self, TagRemove.self, TagList.self, TagRename.self, TagMerge.self,
    ])
}

/// Adds tags.
struct TagAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add tags to an article or annotation.",
    discussion: """
      EXAMPLES
        clientctl tag add 3f2a news/asia to-read
      """)

  @Argument(help: "The article or annotation: the beginning of its id.")
  var id: String

  @Argument(help: "The tags.")
  var tags: [String]

  @OptionGroup var options: GlobalOptions

  func run() throws { try TagChange.run(id, add: tags, remove: [], options) }
}

/// Removes tags.
struct TagRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove tags from an article or annotation.",
    discussion: """
      EXAMPLES
        clientctl tag remove 3f2a to-read
      """)

  @Argument(help: "The article or annotation: the beginning of its id.")
  var id: String

  @Argument(help: "The tags.")
  var tags: [String]

  @OptionGroup var options: GlobalOptions

  func run() throws { try TagChange.run(id, add: [], remove: tags, options) }
}

/// What adding and removing share.
private enum TagChange {
  static func run(
    _ prefix: String, add: [String], remove: [String], _ options: GlobalOptions
  ) throws {
    let session = try options.open()
    let id = try session.resolve(prefix)
    let tags = try session.store.tag(
      id, add: add.map { try TagName($0) }, remove: remove.map { try TagName($0) })
    session.notice()
    var object = JSONObject()
    object.put("id", id.raw.uuidText)
    object.put("tags", .array(tags.map { .string($0) }))
    let shown = tags.isEmpty ? "no tags" : tags.map { "#\($0)" }.joined(separator: " ")
    try session.output.report(
      object, sentence: "\(try session.short(id)) has \(shown)", plain: id.raw.uuidText)
  }
}

/// Lists tags.
struct TagList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the tags in use.",
    discussion: """
      EXAMPLES
        clientctl tag list
        clientctl tag list --json
      """)

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let tags = try session.store.tags()
    if options.json {
      let values = tags.map { tag -> JSONValue in
        var object = JSONObject()
        object.put("name", tag.name)
        object.put("articles", tag.articles)
        object.put("annotations", tag.annotations)
        return object.value
      }
      try session.output.print(JSONValue.array(values))
      return
    }
    guard !tags.isEmpty else { throw Failure(.nothing, "nothing carries a tag yet") }
    var table = Table([
      .init("TAG", style: .bold), .init("ARTICLES", alignment: .right),
      .init("ANNOTATIONS", alignment: .right),
    ])
    for tag in tags { table.add([tag.name, String(tag.articles), String(tag.annotations)]) }
    try session.output.page(table.rendered(for: session.output.facts))
  }
}

/// Renames a tag.
struct TagRename: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", abstract: "Let a tag, and all below it, go by another name.",
    discussion: """
      EXAMPLES
        clientctl tag rename news press
      """)

  @Argument(help: "The name until now.")
  var old: String

  @Argument(help: "The name from now on; it must not be in use.")
  var new: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    try TagRenaming.run(old, new, options, mustBeFree: true, words: "renamed")
  }
}

/// Makes two tags one.
struct TagMerge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Make one tag part of another.",
    discussion: """
      EXAMPLES
        clientctl tag merge asia-news news/asia
      """)

  @Argument(help: "The tag that goes.")
  var old: String

  @Argument(help: "The tag that stays.")
  var new: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    try TagRenaming.run(old, new, options, mustBeFree: false, words: "merged")
  }
}

/// What renaming and merging share.
private enum TagRenaming {
  static func run(
    _ old: String, _ new: String, _ options: GlobalOptions, mustBeFree: Bool, words: String
  ) throws {
    let session = try options.open()
    let (old, new) = (try TagName(old), try TagName(new))
    try session.store.renameTag(old, to: new, mustBeFree: mustBeFree)
    session.notice()
    var object = JSONObject()
    object.put("old", old.string)
    object.put("new", new.string)
    try session.output.report(
      object, sentence: "\(words) #\(old.string) to #\(new.string)", plain: new.string)
  }
}
