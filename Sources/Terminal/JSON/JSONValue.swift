// SPDX-License-Identifier: MIT

/// A JSON text as a value (RFC 8259).
///
/// Objects are ordered lists of members: what is written comes out in the order in which it was
/// put in, and what was read keeps the order of the file. A number is an `integer` when it was
/// written without fraction and exponent and fits 64 bits, a `double` otherwise.
///
/// Equality compares the bytes of strings, not their canonical equivalence, so that `"é"` in one
/// code point and in two are different keys, as the RFC has it; members are compared in order.
public enum JSONValue: Sendable {
  /// Members in order; no key occurs twice in what ``JSONReader`` made.
  case object([(key: String, value: JSONValue)])
  /// Elements in order.
  case array([JSONValue])
  /// Text; always valid Unicode.
  case string(String)
  /// A whole number.
  case integer(Int64)
  /// Any other number; written as `null` when it is not finite.
  case double(Double)
  /// `true` or `false`.
  case bool(Bool)
  /// `null`.
  case null
}

extension JSONValue: Equatable {
  /// Whether both are the same text, but for white space and the spelling of escapes.
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.object(let a), .object(let b)):
      return a.count == b.count
        && zip(a, b).allSatisfy { sameBytes($0.key, $1.key) && $0.value == $1.value }
    case (.array(let a), .array(let b)): return a == b
    case (.string(let a), .string(let b)): return sameBytes(a, b)
    case (.integer(let a), .integer(let b)): return a == b
    case (.double(let a), .double(let b)): return a == b
    case (.bool(let a), .bool(let b)): return a == b
    case (.null, .null): return true
    default: return false
    }
  }

  static func sameBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
  }
}

extension JSONValue {
  /// The member of that name, when this is an object that has it.
  public subscript(_ key: String) -> JSONValue? {
    members?.first { JSONValue.sameBytes($0.key, key) }?.value
  }

  /// The members, when this is an object.
  public var members: [(key: String, value: JSONValue)]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The elements, when this is an array.
  public var elements: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The text, when this is a string.
  public var stringValue: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The whole number, when this is one, `1.0` and `1e3` included.
  public var integerValue: Int64? {
    switch self {
    case .integer(let number): number
    case .double(let number): Int64(exactly: number)
    default: nil
    }
  }

  /// The number, when this is one; an integer beyond 2⁵³ is rounded.
  public var doubleValue: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  /// The truth value, when this is one.
  public var boolValue: Bool? {
    if case .bool(let truth) = self { truth } else { nil }
  }

  /// Whether this is `null`.
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object; members stay in the order of the literal.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { (key: $0.0, value: $0.1) })
  }
}
