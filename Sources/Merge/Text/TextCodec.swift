// SPDX-License-Identifier: MIT

/// The binary form of a whole text history, with or without the text that it ends in.
///
/// Byte 0 is the version, 1. Then numbers in groups of seven bits: whether the text is there; the
/// text's bytes, and its packed bytes; and the history as columns (`TextCodec+Columns`). What was
/// put in is packed with the text as prefix, since most of it still stands there.
public enum TextCodec {
  static let version: UInt8 = 1

  /// Encodes `history`, and `text` where given, which must be the text at its heads.
  public static func encode(_ history: TextHistory, text: TextBuffer?) -> [UInt8] {
    var out = TextByteWriter()
    out.bytes.append(version)
    let plain = text?.utf8 ?? []
    if text != nil {
      let packed = TextPacker.pack(plain, from: 0)
      out.number(plain.count + 1)
      out.number(packed.count)
      out.bytes += packed
    } else {
      out.number(0)
    }
    write(history, prefix: plain, to: &out)
    return out.bytes
  }

  /// Decodes both at once.
  public static func decode(
    _ bytes: [UInt8]
  ) throws(TextError) -> (history: TextHistory, text: TextBuffer?) {
    let encoded = try EncodedText(bytes)
    return (try encoded.history(), encoded.text)
  }
}

/// An encoded history of which the text is ready, and the rest is decoded when asked for.
public struct EncodedText: Sendable {
  /// The text at the heads, when it was encoded too.
  public let text: TextBuffer?
  private let plain: [UInt8]
  private let columns: ArraySlice<UInt8>

  /// Reads the text of an encoded history.
  public init(_ bytes: [UInt8]) throws(TextError) {
    var reader = TextByteReader(bytes[...])
    let version = try reader.byte()
    guard version == TextCodec.version else { throw .malformed(offset: 0, what: .version) }
    let size = try reader.number(atMost: TextLimit.text.most * 4 + 1)
    if size > 0 {
      let packed = try reader.slice(reader.number(atMost: bytes.count))
      guard let plain = TextPacker.unpack(packed, count: size - 1, prefix: []) else {
        throw reader.flaw(.compression)
      }
      let points = plain.withUnsafeBytes { UTF8Scan.validCount($0) }
      guard points != nil else { throw reader.flaw(.utf8) }
      var text = TextBuffer()
      plain.withUnsafeBytes { text.insertBytes($0, at: 0) }
      self.text = text
      self.plain = plain
    } else {
      text = nil
      plain = []
    }
    columns = bytes[reader.offset...]
  }

  /// Decodes the history.
  public func history() throws(TextError) -> TextHistory {
    try TextCodec.read(columns, prefix: plain)
  }
}
