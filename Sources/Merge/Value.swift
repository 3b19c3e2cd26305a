// SPDX-License-Identifier: MIT

/// What a field may hold.
public enum Value: Hashable, Sendable {
  /// Text, as its writer normalised it.
  case text(String)
  /// A whole number; times are milliseconds since 1970, UTC.
  case integer(Int64)
  /// Bytes, such as a SHA-256.
  case bytes([UInt8])
  /// Another entity.
  case entity(EntityID)
  /// Numbered members, ascending by key; a newer version's keys are carried along.
  case record([Member])
  /// Names of ops: what a deletion had seen.
  case dots([Dot])
  /// Edits of a text, made on the version whose heads the op removes.
  case edit([TextPatch])
  /// A value of a type that this version does not know, kept as it came.
  case opaque(tag: UInt64, bytes: [UInt8])

  /// One numbered member of a record.
  public struct Member: Hashable, Sendable {
    /// What it is; numbers are never used again for something else.
    public var key: UInt64
    /// What it holds.
    public var value: Value

    /// The member `key`, holding `value`.
    public init(key: UInt64, value: Value) {
      self.key = key
      self.value = value
    }
  }
}

extension Value {
  /// The text, when it is one.
  public var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// The number, when it is one.
  public var integer: Int64? {
    if case .integer(let number) = self { number } else { nil }
  }

  /// The bytes, when they are bytes.
  public var bytes: [UInt8]? {
    if case .bytes(let bytes) = self { bytes } else { nil }
  }

  /// The entity, when it is one.
  public var entity: EntityID? {
    if case .entity(let entity) = self { entity } else { nil }
  }

  /// The record's member `key`, when this is a record and has it.
  public subscript(key: UInt64) -> Value? {
    guard case .record(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }
}
