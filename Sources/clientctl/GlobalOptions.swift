// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Options of every command.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The store's directory (else $POSTIL_STORE, else the XDG data directory).",
      valueName: "dir"),
    completion: .directory)
  var store: String?

  @Flag(help: "Print JSON; docs/cli.md describes the fields.")
  var json = false

  @Flag(help: "Print without colours; so does NO_COLOR, and CLICOLOR_FORCE=1 forces them.")
  var noColor = false

  /// Where the store lies.
  var directory: StoreDirectory {
    var path = store ?? Process.environment["POSTIL_STORE"] ?? ""
    if path.isEmpty { path = HostEnvironment.defaultStore(Process.environment) }
    return StoreDirectory(path: Process.absolute(path))
  }

  /// What the store is given of the world.
  var environment: StoreEnvironment {
    HostEnvironment.store(name: Process.environment["POSTIL_NAME"] ?? HostEnvironment.hostName())
  }

  /// Opens the store.
  func open() throws -> Session {
    let store = try Store(directory: directory, environment: environment)
    return Session(store: store, output: output())
  }

  /// Opens the store, which must be there.
  func openExisting() throws -> Session {
    guard try directory.holdsStore() else {
      throw Failure(.notFound, "there is no store in \(directory.path); look at --store")
    }
    return try open()
  }

  /// Where and how to print.
  func output() -> Output {
    Output(
      facts: TerminalFacts.detect(
        environment: Process.environment, choice: noColor ? .never : .auto), isJSON: json)
  }
}

/// An open store, and where to print.
struct Session {
  let store: Store
  let output: Output

  /// Tells the daemon, if one runs, that something was written; without one nothing is lost.
  func notice() { DaemonLink(store: store.directory).notice() }

  /// The kinds of things whose fields can be in conflict.
  static let contested: [EntityKind] = [.article, .annotation, .tag]

  /// The article or annotation, or whatever `kinds` says, whose id begins so.
  func resolve(_ prefix: String, _ kinds: [EntityKind] = [.article, .annotation]) throws
    -> EntityID
  {
    do {
      return try store.resolve(prefix, kinds: kinds)
    } catch let error as StoreError where error.code == .ambiguous {
      throw try ambiguous(error)
    }
  }

  private func ambiguous(_ error: StoreError) throws -> Failure {
    var failure = Failure(error)
    for id in error.candidates.prefix(10) {
      failure.message += "\n  \(id.raw.uuidText)  \(try title(of: id))"
    }
    return failure
  }

  /// A few words that tell a person which thing this is.
  func title(of id: EntityID) throws -> String {
    switch id.kind {
    case .article: return (try? store.article(id).title) ?? "(deleted article)"
    case .annotation:
      guard let annotation = try? store.annotation(id) else { return "(annotation)" }
      return annotation.target.quote ?? annotation.note ?? "(annotation)"
    case .tag: return "(renamed tag)"
    default: return ""
    }
  }

  /// The beginning of an id that tells it from all others.
  func short(_ id: EntityID) throws -> String {
    try ShortIDs(store, [id])[id]
  }
}

/// The beginnings of some ids that tell them from all others.
struct ShortIDs {
  private let lengths: [EntityID: Int]

  /// - Parameter whole: true gives ids in full: what a script keeps must not become ambiguous.
  init(_ store: Store, _ ids: [EntityID], whole: Bool = false) throws {
    lengths = whole ? [:] : try store.shortestPrefixes(of: ids)
  }

  /// The beginning, with the dashes where the whole id has them.
  subscript(_ id: EntityID) -> String {
    var left = lengths[id] ?? 32
    var out = ""
    for character in id.raw.uuidText {
      if left == 0 { break }
      out.append(character)
      if character != "-" { left -= 1 }
    }
    return out
  }
}
