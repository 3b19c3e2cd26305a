// SPDX-License-Identifier: MIT

/// A text as a key: equal to the very same bytes and to nothing else.
///
/// Swift's strings are equal when they are canonically equivalent: `é` in one code point and in
/// two. Positions count code points, the log hashes bytes, and SQLite compares bytes; so whatever
/// must come out alike on all machines compares texts by this.
public struct ExactText: Hashable, Sendable {
  /// The text.
  public let string: String

  /// The key for a text.
  public init(_ string: String) { self.string = string }

  /// Whether both are the same bytes.
  public static func == (left: ExactText, right: ExactText) -> Bool {
    left.string.hasSameBytes(as: right.string)
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    var string = string
    string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    // So that two texts beside each other are not taken for two others.
    hasher.combine(0xFF as UInt8)
  }
}

extension String {
  /// Whether both are the same bytes; `==` would be content with canonically equivalent ones.
  public func hasSameBytes(as other: String) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }
}
