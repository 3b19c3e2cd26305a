// SPDX-License-Identifier: MIT

/// Why a text is not the JSON that ``JSONReader`` takes, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: Sendable, Equatable {
    /// The text ends inside a value, or holds none.
    case endOfText
    /// The text begins with U+FEFF, which RFC 8259 (section 8.1) forbids.
    case byteOrderMark
    /// A byte that may not stand here; what is wanted is said in words.
    case unexpected(byte: UInt8, wanted: String)
    /// Something follows the value.
    case trailingText
    /// Nested deeper than ``JSONReader/depthMax``.
    case tooDeep
    /// A key occurs twice in one object.
    case duplicateKey(String)
    /// A number that JSON doesn't know: `01`, `1.`, `.5`, `+1`, `NaN`.
    case badNumber
    /// A number beyond the range of a double.
    case numberTooLarge
    /// A backslash with something unknown after it.
    case badEscape
    /// Half of a surrogate pair.
    case loneSurrogate
    /// A control character that must be escaped.
    case controlCharacter(UInt8)
    /// Bytes that are not UTF-8.
    case invalidUTF8
  }

  /// What is wrong.
  public var code: Code
  /// Where: bytes from the start of the text.
  public var offset: Int
  /// Where: line, counted from the `firstLine` that the reader was given.
  public var line: Int
  /// Where: column in code points, from 1.
  public var column: Int

  /// For example: `line 3, column 14: the key "id" occurs twice`.
  public var description: String {
    "line \(line), column \(column): \(reason)"
  }

  /// What is wrong, in words, without the place. Names from the text are made safe to print.
  public var reason: String {
    switch code {
    case .endOfText: "the JSON text ends too early"
    case .byteOrderMark: "the text begins with a byte order mark (U+FEFF); save it without one"
    case .unexpected(let byte, let wanted): "\(wanted) expected, not \(Self.name(of: byte))"
    case .trailingText: "text after the end of the JSON value"
    case .tooDeep: "nested deeper than \(JSONReader.depthMax) levels"
    case .duplicateKey(let key):
      "the key \"\(TextLayout.truncated(DisplayText.escaped(key), to: 40))\" occurs twice"
    case .badNumber: "not a JSON number"
    case .numberTooLarge: "the number is too large"
    case .badEscape: "unknown escape after a backslash"
    case .loneSurrogate: "half of a surrogate pair (\\uD800–\\uDFFF)"
    case .controlCharacter(let byte): "\(Self.name(of: byte)) in a string must be escaped"
    case .invalidUTF8: "not UTF-8"
    }
  }

  private static func name(of byte: UInt8) -> String {
    switch byte {
    case 0x09: return "a tab"
    case 0x0A: return "a line end"
    case 0x20: return "a space"
    case 0x21...0x7E: return "\"\(Character(Unicode.Scalar(byte)))\""
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      return "the byte 0x" + (byte < 16 ? "0" : "") + digits
    }
  }
}
