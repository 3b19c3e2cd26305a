// SPDX-License-Identifier: MIT

/// A tag's name: a path of one or more parts with `/` between, such as `news/asia`.
///
/// NFC; no white space outside, nor around a slash; inner white space is one space. Case is kept
/// and counts: two tags are one exactly when their bytes are equal.
public struct TagName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The longest name, in bytes of UTF-8.
  public static let maximumBytes = 200

  /// The name in its one form.
  public let string: String

  /// Reads a name as a person typed it.
  ///
  /// Throws `tagEmpty`; `tagComponentEmpty` for a slash at either end or two in a row;
  /// `tagHasControlCharacter` for control characters (a tab, a line end) and those that change the
  /// direction of text, which could make a list of tags lie; `tagTooLong`; `tooManyMarks`.
  public init(_ written: String) throws(AnchoringError) {
    // Far more than any name that fits, also after normalisation.
    try Self.checkSize(written.utf8.count, limit: 16 * Self.maximumBytes)
    let scalars = Trimming.trimmed(UTF8Coding.scalars(of: written))
    guard !scalars.isEmpty else { throw .tagEmpty }
    if let place = scalars.firstIndex(where: Self.isForbidden) {
      throw .tagHasControlCharacter(codePointOffset: place)
    }
    let canonical = try Canonicalizer.canonical(scalars)
    var parts: [[UInt32]] = []
    for part in canonical.split(separator: 0x2F, omittingEmptySubsequences: false) {
      let words = part.split { ScalarClass($0).contains(.whiteSpace) }
      let clean = Trimming.trimmed(Array(words.joined(separator: [0x20])))
      guard !clean.isEmpty else { throw .tagComponentEmpty(component: parts.count) }
      parts.append(clean)
    }
    let bytes = UTF8Coding.encode(Array(parts.joined(separator: [0x2F])))
    try Self.checkSize(bytes.count, limit: Self.maximumBytes)
    string = String(decoding: bytes, as: UTF8.self)
  }

  private static func checkSize(_ bytes: Int, limit: Int) throws(AnchoringError) {
    if bytes > limit { throw .tagTooLong(bytes: bytes, limit: maximumBytes) }
  }

  private static func isForbidden(_ value: UInt32) -> Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The parts between slashes; at least one, none empty.
  public var components: [String] {
    string.utf8.split(separator: 0x2F).map { part in String(decoding: part, as: UTF8.self) }
  }

  /// True for this tag itself and for those whose path begins with all parts of this one's.
  public func contains(_ other: TagName) -> Bool {
    other.string.utf8.starts(with: string.utf8)
      && (other.string.utf8.count == string.utf8.count
        || other.string.utf8.dropFirst(string.utf8.count).first == 0x2F)
  }

  /// The name.
  public var description: String { string }

  /// By bytes, so that every machine sorts alike.
  public static func < (left: Self, right: Self) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }
}
