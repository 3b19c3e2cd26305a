// SPDX-License-Identifier: MIT

/// The binary form of a whole text history, with or without the text that it ends in.
///
/// Byte 0 is the version, 2. Then numbers in groups of seven bits: whether the text is there; the
/// text's bytes, and its packed bytes; and the history as columns (`TextCodec+Columns`). What was
/// put in is packed with the text as prefix, since most of it still stands there.
///
/// With the text, the columns are in coded sections (`ByteCoder`): stored, they are kept for long
/// and seldom read, since the text is there without them. Alone, they are on their way to somebody
/// who reads them at once, and stay as they are.
public enum TextCodec {
  static let version: UInt8 = 2

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
      var columns = TextByteWriter()
      let cuts = write(history, prefix: plain, to: &columns)
      out.number(cuts.count)
      var start = 0
      for end in cuts {
        ByteCoder.write(columns.bytes[start..<end], to: &out)
        start = end
      }
    } else {
      out.number(0)
      _ = write(history, prefix: plain, to: &out)
    }
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
  private let plain: ContiguousArray<UInt8>
  private let bytes: [UInt8]
  /// Where the columns start.
  private let columns: Int

  /// Reads the text of an encoded history.
  public init(_ bytes: [UInt8]) throws(TextError) {
    self.bytes = bytes
    (text, plain, columns) = try TextByteReader.read(bytes) { reader throws(TextError) in
      let version = try reader.byte()
      guard version == TextCodec.version else { throw .malformed(offset: 0, what: .version) }
      let size = try reader.number(atMost: TextLimit.text.most * 4 + 1)
      guard size > 0 else { return (nil, [], reader.offset) }
      let packed = try reader.slice(reader.number(atMost: bytes.count))
      let none = UnsafeRawBufferPointer(start: nil, count: 0)
      guard let plain = TextPacker.unpack(packed, count: size - 1, prefix: none) else {
        throw reader.flaw(.compression)
      }
      let points = plain.withUnsafeBytes { UTF8Scan.validCount($0) }
      guard points != nil else { throw reader.flaw(.utf8) }
      var text = TextBuffer()
      plain.withUnsafeBytes { text.insertBytes($0, at: 0) }
      return (text, plain, reader.offset)
    }
  }

  /// Decodes the history.
  public func history() throws(TextError) -> TextHistory {
    if text == nil {
      return try TextByteReader.read(bytes, from: columns) { reader throws(TextError) in
        try TextCodec.read(&reader, prefix: plain)
      }
    }
    let sections = try TextByteReader.read(bytes, from: columns) { reader throws(TextError) in
      var sections: [UInt8] = []
      for _ in 0..<(try reader.count(bytesEach: 1)) {
        try ByteCoder.read(&reader, into: &sections)
      }
      try reader.expectEnd()
      return sections
    }
    return try TextByteReader.read(sections) { reader throws(TextError) in
      try TextCodec.read(&reader, prefix: plain)
    }
  }
}
