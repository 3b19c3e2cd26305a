// SPDX-License-Identifier: MIT

import Foundation
import Host
import Terminal

/// The daemon's configuration file, looked through before anything in it counts: what a reader of
/// settings doesn't know it passes over, and a daemon must not listen where nobody wanted because
/// of a slip of the pen.
enum ConfigurationFile {
  /// What may stand at a key.
  private enum Form {
    case text
    case texts
    case group([(key: String, form: Form)])
  }

  private static let settings: [(key: String, form: Form)] = [
    ("store", .text), ("listen", .text),
    ("http", .group([("listen", .text), ("names", .texts)])),
    ("advertise", .texts), ("authorities", .text), ("name", .text),
    ("log", .group([("level", .text), ("format", .text)])),
  ]

  /// Bytes of the file, at most.
  private static let bytesMax = 1 << 20

  /// Throws `Failure`, `usage`, when the file can't be read, is no JSON, or says something that no
  /// setting is; the message names what and where.
  static func check(_ path: String) throws(Failure) {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      let reason = (error as NSError).localizedDescription
      throw Failure(.usage, "can't read the configuration \(path): \(reason)")
    }
    guard bytes.count <= bytesMax else {
      throw Failure(.usage, "the configuration \(path) has more than \(bytesMax) bytes")
    }
    do {
      try check(try JSONReader.read(bytes), at: "", .group(settings), path)
    } catch let error as JSONError {
      throw Failure(.usage, "the configuration \(path), \(error)")
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.usage, "can't read the configuration \(path): \(error)")
    }
  }

  private static func check(
    _ value: JSONValue, at place: String, _ form: Form, _ path: String
  ) throws(Failure) {
    switch form {
    case .text:
      guard value.stringValue != nil else { throw wrong(place, "text in quotes", path) }
    case .texts:
      guard let elements = value.elements, elements.allSatisfy({ $0.stringValue != nil }) else {
        throw wrong(place, "a list of texts, [\"…\", \"…\"]", path)
      }
    case .group(let known):
      guard let members = value.members else {
        throw wrong(place, "an object, {…}", path)
      }
      for (key, member) in members {
        let inner = place.isEmpty ? key : "\(place).\(key)"
        guard let form = known.first(where: { $0.key == key })?.form else {
          let names = known.map(\.key).joined(separator: ", ")
          throw Failure(
            .usage,
            "the configuration \(path): “\(DisplayText.escaped(inner))” is no setting; "
              + (place.isEmpty ? "there are " : "in “\(place)” there are ") + names)
        }
        try check(member, at: inner, form, path)
      }
    }
  }

  private static func wrong(_ place: String, _ wanted: String, _ path: String) -> Failure {
    let what = place.isEmpty ? "it" : "“\(place)”"
    return Failure(.usage, "the configuration \(path): \(what) must be \(wanted)")
  }
}
