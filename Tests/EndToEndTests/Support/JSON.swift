// SPDX-License-Identifier: MIT

import Foundation

/// A JSON value, as a reader of our programs' output sees it. What is missing is `null`, so that a
/// test can look deep without a chain of checks.
enum JSON: Decodable, Hashable, Sendable {
  case object([String: JSON])
  case array([JSON])
  case string(String)
  case number(Double)
  case bool(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let fields = try? value.decode([String: JSON].self) {
      self = .object(fields)
    } else if let elements = try? value.decode([JSON].self) {
      self = .array(elements)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let truth = try? value.decode(Bool.self) {
      self = .bool(truth)
    } else {
      self = .number(try value.decode(Double.self))
    }
  }

  /// Reads one value, and nothing after it.
  init(reading bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
  }

  subscript(key: String) -> JSON {
    if case .object(let fields) = self { fields[key] ?? .null } else { .null }
  }

  subscript(place: Int) -> JSON {
    let elements = self.elements
    return elements.indices.contains(place) ? elements[place] : .null
  }

  /// The elements of an array; none of anything else.
  var elements: [JSON] { if case .array(let elements) = self { elements } else { [] } }

  /// The names of an object's fields.
  var keys: Set<String> {
    if case .object(let fields) = self { Set(fields.keys) } else { [] }
  }

  /// A text; empty of anything else.
  var text: String { if case .string(let text) = self { text } else { "" } }

  /// An array's texts.
  var texts: [String] { elements.map(\.text) }

  /// Whether it is `true`.
  var isTrue: Bool { self == .bool(true) }

  /// A whole number; -1 of anything else.
  var int: Int { if case .number(let number) = self { Int(number) } else { -1 } }

  /// Whether there is something.
  var exists: Bool { self != .null }
}
