// SPDX-License-Identifier: MIT

import Configuration
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

  /// What the file says. It is read once, so that it may be a pipe.
  ///
  /// Throws `Failure`, `usage`, when the file can't be read, is no JSON, or says something that no
  /// setting is; the message names what and where.
  static func read(_ path: String) throws(Failure) -> InMemoryProvider {
    let bytes: [UInt8]
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      bytes = Array(try file.read(upToCount: bytesMax + 1) ?? Data())
    } catch {
      let reason = (error as NSError).localizedDescription
      throw Failure(.usage, "can't read the configuration \(path): \(reason)")
    }
    guard bytes.count <= bytesMax else {
      throw Failure(.usage, "the configuration \(path) has more than \(bytesMax) bytes")
    }
    do {
      var values: [AbsoluteConfigKey: ConfigValue] = [:]
      try collect(try JSONReader.read(bytes), at: [], .group(settings), path, into: &values)
      return InMemoryProvider(name: path, values: values)
    } catch let error as JSONError {
      throw Failure(.usage, "the configuration \(path), \(error)")
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.usage, "can't read the configuration \(path): \(error)")
    }
  }

  private static func collect(
    _ value: JSONValue, at key: [String], _ form: Form, _ path: String,
    into values: inout [AbsoluteConfigKey: ConfigValue]
  ) throws(Failure) {
    let place = key.joined(separator: ".")
    switch form {
    case .text:
      guard let text = value.stringValue else { throw wrong(place, "text in quotes", path) }
      values[AbsoluteConfigKey(key)] = ConfigValue(.string(text), isSecret: false)
    case .texts:
      let texts = value.elements?.compactMap(\.stringValue)
      guard let texts, texts.count == value.elements?.count else {
        throw wrong(place, "a list of texts, [\"…\", \"…\"]", path)
      }
      values[AbsoluteConfigKey(key)] = ConfigValue(.stringArray(texts), isSecret: false)
    case .group(let known):
      guard let members = value.members else {
        throw wrong(place, "an object, {…}", path)
      }
      for (name, member) in members {
        let inner = place.isEmpty ? name : "\(place).\(name)"
        guard let form = known.first(where: { $0.key == name })?.form else {
          let names = known.map(\.key).joined(separator: ", ")
          throw Failure(
            .usage,
            "the configuration \(path): “\(DisplayText.escaped(inner))” is no setting; "
              + (place.isEmpty ? "there are " : "in “\(place)” there are ") + names)
        }
        try collect(member, at: key + [name], form, path, into: &values)
      }
    }
  }

  private static func wrong(_ place: String, _ wanted: String, _ path: String) -> Failure {
    let what = place.isEmpty ? "it" : "“\(place)”"
    return Failure(.usage, "the configuration \(path): \(what) must be \(wanted)")
  }
}
