// SPDX-License-Identifier: MIT

/// The unit that an offset counts in.
public enum OffsetUnit: String, Hashable, Sendable {
  /// Unicode scalar values: the unit of every offset that is stored.
  case codePoints = "code points"
  /// Bytes of UTF-8.
  case utf8 = "UTF-8 bytes"
  /// Code units of UTF-16, as JavaScript and the DOM count.
  case utf16 = "UTF-16 units"
}

/// What this module refuses: what was wrong, and where.
public enum AnchoringError: Error, Hashable, Sendable {
  /// A text of `bytes` bytes is larger than `limit`.
  case textTooLarge(bytes: Int, limit: Int)
  /// The sequence that starts at `byteOffset` is not UTF-8.
  case textNotUTF8(byteOffset: Int)
  /// There is a NUL byte at `byteOffset`.
  case textHasNUL(byteOffset: Int)
  /// There is nothing to read: no bytes, or only white space and invisible characters.
  case textBlank
  /// More than `limit` combining marks stand on one another; the one too many is at
  /// `codePointOffset`.
  case tooManyMarks(codePointOffset: Int, limit: Int)

  /// `start..<end` does not lie in a text of `count` units, or ends before it starts.
  case rangeOutOfBounds(start: Int, end: Int, count: Int, unit: OffsetUnit)
  /// The range at `offset` is empty, where something must be selected.
  case rangeEmpty(offset: Int)
  /// `offset` falls inside the encoding of one code point.
  case offsetInsideCodePoint(offset: Int, unit: OffsetUnit)
  /// The quote is empty or only white space.
  case quoteBlank

  /// A URL of `bytes` bytes is longer than `limit`.
  case urlTooLong(bytes: Int, limit: Int)
  /// There is no `http://` or `https://` before the rest.
  case urlHasNoScheme
  /// The scheme is neither http nor https.
  case urlSchemeUnknown(scheme: String)
  /// Nothing stands where the host should be.
  case urlHasNoHost
  /// The host is not a name or an address.
  case urlHostInvalid(host: String)
  /// The port is not a number from 1 to 65535.
  case urlPortInvalid(port: String)
  /// A user name or a password stands before the host; it would be stored and synced.
  case urlHasCredentials
  /// A control character stands at `byteOffset` (of the URL without outer white space).
  case urlHasControlCharacter(byteOffset: Int)

  /// The tag is empty or only white space.
  case tagEmpty
  /// The part numbered `component` (from 0) between slashes is empty.
  case tagComponentEmpty(component: Int)
  /// A control or direction-changing character stands at `codePointOffset` (of the tag without
  /// outer white space).
  case tagHasControlCharacter(codePointOffset: Int)
  /// A tag of `bytes` bytes is longer than `limit`.
  case tagTooLong(bytes: Int, limit: Int)
}

extension AnchoringError: CustomStringConvertible {
  /// One sentence without a final stop, for logs and as a base for messages to people.
  public var description: String {
    switch self {
    case .textTooLarge(let bytes, let limit):
      "the text is too large: \(bytes) bytes, where \(limit) are allowed"
    case .textNotUTF8(let offset): "the text is not UTF-8 at byte \(offset)"
    case .textHasNUL(let offset): "the text has a NUL byte at byte \(offset)"
    case .textBlank: "the text is blank"
    case .tooManyMarks(let offset, let limit):
      "more than \(limit) combining marks in a row, at code point \(offset)"
    case .rangeOutOfBounds(let start, let end, let count, let unit):
      "the range \(start)–\(end) is not within the text of \(count) \(unit.rawValue)"
    case .rangeEmpty(let offset): "the range at \(offset) is empty"
    case .offsetInsideCodePoint(let offset, let unit):
      "offset \(offset), in \(unit.rawValue), falls inside a character"
    case .quoteBlank: "the quote is blank"
    default: nameDescription
    }
  }

  /// The part of `description` about URLs and tags.
  private var nameDescription: String {
    switch self {
    case .urlTooLong(let bytes, let limit):
      "the URL is too long: \(bytes) bytes, where \(limit) are allowed"
    case .urlHasNoScheme: "the URL does not begin with http:// or https://"
    case .urlSchemeUnknown(let scheme):
      "the URL's scheme is \(scheme.debugDescription), not http or https"
    case .urlHasNoHost: "the URL names no host"
    case .urlHostInvalid(let host): "the URL's host is not valid: \(host.debugDescription)"
    case .urlPortInvalid(let port): "the URL's port is not valid: \(port.debugDescription)"
    case .urlHasCredentials: "the URL has a user name or password in it"
    case .urlHasControlCharacter(let offset):
      "the URL has a control character at byte \(offset)"
    case .tagEmpty: "the tag is empty"
    case .tagComponentEmpty(let component):
      "part \(component + 1) of the tag, between slashes, is empty"
    case .tagHasControlCharacter(let offset):
      "the tag has a control character at code point \(offset)"
    case .tagTooLong(let bytes, let limit):
      "the tag is too long: \(bytes) bytes, where \(limit) are allowed"
    default: "refused"
    }
  }
}
