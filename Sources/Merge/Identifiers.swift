// SPDX-License-Identifier: MIT

/// Sixteen bytes that name something for ever, held as two words so that
/// comparing and hashing need no loop.
///
/// Ordered as the bytes are: `high` holds the first eight, big-endian.
public struct Bytes16: Hashable, Comparable, Sendable {
  /// The first eight bytes, big-endian.
  public var high: UInt64
  /// The last eight bytes, big-endian.
  public var low: UInt64

  /// All bits given as two big-endian words.
  @inlinable public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the first sixteen of `bytes`; nil when there are fewer.
  public init?(_ bytes: some Sequence<UInt8>) {
    var words: (UInt64, UInt64) = (0, 0)
    var count = 0
    for byte in bytes {
      if count < 8 { words.0 = words.0 << 8 | UInt64(byte) }
      if count >= 8 { words.1 = words.1 << 8 | UInt64(byte) }
      count += 1
      if count == 16 { break }
    }
    guard count == 16 else { return nil }
    self.init(high: words.0, low: words.1)
  }

  /// Reads the first sixteen of `bytes`; nil when there are fewer.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= 16 else { return nil }
    self = bytes.withUnsafeBytes { bytes in
      Bytes16(
        high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
  }

  /// The sixteen bytes, first to last.
  public var bytes: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(16)
    append(to: &out)
    return out
  }

  /// Appends the sixteen bytes to `out`.
  @inlinable public func append(to out: inout [UInt8]) {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { out.append(contentsOf: $0) }
  }

  /// As the bytes are ordered.
  @inlinable public static func < (left: Self, right: Self) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }
}

/// The identity under which one store writes; minted anew when a store is copied or restored.
public struct WriterID: Hashable, Comparable, Sendable {
  /// The sixteen random bytes.
  public var raw: Bytes16

  /// A writer named by `raw`.
  @inlinable public init(_ raw: Bytes16) { self.raw = raw }

  /// As the bytes are ordered.
  @inlinable public static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }
}

/// One replicated collection of articles and annotations.
public struct LibraryID: Hashable, Comparable, Sendable {
  /// The sixteen random bytes.
  public var raw: Bytes16

  /// A library named by `raw`.
  @inlinable public init(_ raw: Bytes16) { self.raw = raw }

  /// As the bytes are ordered.
  @inlinable public static func < (left: Self, right: Self) -> Bool { left.raw < right.raw }
}

/// What sort of thing an entity is. Open: a newer version's kinds are carried along untouched.
public struct EntityKind: Hashable, Comparable, Sendable {
  /// The number on the wire.
  public var code: UInt64

  /// The kind numbered `code`.
  @inlinable public init(code: UInt64) { self.code = code }

  /// Something to read.
  public static let article = EntityKind(code: 1)
  /// A highlight, a note, a page note or a reply.
  public static let annotation = EntityKind(code: 2)
  /// A tag's alias record; its id is derived from the old name.
  public static let tag = EntityKind(code: 3)
  /// What is said about a writer: the name of its device. Its id is the writer's.
  public static let writer = EntityKind(code: 4)
  /// What is said about a device: that it was revoked. Its id is how its key's SHA-256 begins.
  public static let device = EntityKind(code: 5)

  /// By number.
  @inlinable public static func < (left: Self, right: Self) -> Bool { left.code < right.code }
}

/// The name of one entity: its kind and sixteen bytes.
public struct EntityID: Hashable, Comparable, Sendable {
  /// What sort of thing it is.
  public var kind: EntityKind
  /// Which one.
  public var raw: Bytes16

  /// The entity of that kind and those bytes.
  @inlinable public init(kind: EntityKind, raw: Bytes16) {
    self.kind = kind
    self.raw = raw
  }

  /// By kind, then as the bytes are ordered.
  @inlinable public static func < (left: Self, right: Self) -> Bool {
    left.kind != right.kind ? left.kind < right.kind : left.raw < right.raw
  }
}
