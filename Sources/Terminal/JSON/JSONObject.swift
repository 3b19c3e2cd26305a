// SPDX-License-Identifier: MIT

/// Builds an object of the `--json` contract: *empty optional fields are left out*.
///
/// `set` is for optional fields: `nil`, an empty string, an empty array and an empty object leave
/// nothing. `put` is for fields that are always there, whatever they hold. Members come out in the
/// order of their first `set` or `put`; naming a key again replaces its value in its place.
///
///     var annotation = JSONObject()
///     annotation.put("id", "0192…")
///     annotation.set("note", note)          // String?
///     annotation.set("tags", tags)          // [String]
///     print(annotation.value.serialized(pretty: facts.isTerminal))
public struct JSONObject: Sendable, Equatable {
  /// The object so far.
  public private(set) var value: JSONValue = .object([])

  /// An object without members.
  public init() {}

  /// Whether nothing has been put in.
  public var isEmpty: Bool { value.members?.isEmpty ?? true }

  /// A field that is always written.
  public mutating func put(_ key: String, _ value: JSONValue) {
    var members = self.value.members ?? []
    self.value = .null  // So that the array is not copied.
    if let index = members.firstIndex(where: { JSONValue.sameBytes($0.key, key) }) {
      members[index].value = value
    } else {
      members.append((key: key, value: value))
    }
    self.value = .object(members)
  }

  /// A string that is always written.
  public mutating func put(_ key: String, _ value: String) { put(key, .string(value)) }

  /// A number that is always written.
  public mutating func put(_ key: String, _ value: Int) { put(key, .integer(Int64(value))) }

  /// A truth value that is always written.
  public mutating func put(_ key: String, _ value: Bool) { put(key, .bool(value)) }

  /// An object that is always written.
  public mutating func put(_ key: String, _ value: JSONObject) { put(key, value.value) }

  /// A string, left out when `nil` or empty.
  public mutating func set(_ key: String, _ value: String?) {
    if let value, !value.isEmpty { put(key, .string(value)) }
  }

  /// A number, left out when `nil`.
  public mutating func set(_ key: String, _ value: Int?) {
    if let value { put(key, .integer(Int64(value))) }
  }

  /// A number, left out when `nil`.
  public mutating func set(_ key: String, _ value: Int64?) {
    if let value { put(key, .integer(value)) }
  }

  /// A number, left out when `nil` or not finite.
  public mutating func set(_ key: String, _ value: Double?) {
    if let value, value.isFinite { put(key, .double(value)) }
  }

  /// A truth value, left out when `nil`.
  public mutating func set(_ key: String, _ value: Bool?) {
    if let value { put(key, .bool(value)) }
  }

  /// A moment as RFC 3339 in UTC, left out when `nil`.
  public mutating func set(_ key: String, _ value: Timestamp?) {
    if let value { put(key, .string(value.rfc3339)) }
  }

  /// Strings, left out when `nil` or none.
  public mutating func set(_ key: String, _ value: [String]?) {
    if let value, !value.isEmpty { put(key, .array(value.map { .string($0) })) }
  }

  /// Objects, left out when `nil` or none.
  public mutating func set(_ key: String, _ value: [JSONObject]?) {
    if let value, !value.isEmpty { put(key, .array(value.map(\.value))) }
  }

  /// An object, left out when `nil` or without members.
  public mutating func set(_ key: String, _ value: JSONObject?) {
    if let value, !value.isEmpty { put(key, value.value) }
  }

  /// Any value, left out when `nil`, `null`, or an empty string, array or object.
  public mutating func set(_ key: String, value: JSONValue?) {
    switch value {
    case nil, .null: break
    case .string(let text) where text.isEmpty: break
    case .array(let elements) where elements.isEmpty: break
    case .object(let members) where members.isEmpty: break
    case .some(let value): put(key, value)
    }
  }
}
