// SPDX-License-Identifier: MIT

/// Sections of bytes, each in a prefix code of its own where that is shorter.
///
/// A section is its length × 2, plus 1 if it is coded. Then its bytes; or the lengths of the code
/// words of all 256 bytes, as hexadecimal digits of which a 0 is followed by how many more zeros
/// there are, up to 15, in whole bytes; the number of bytes of the words; and the words, first bit
/// highest.
enum ByteCoder {
  /// Shorter sections are left as they are: the lengths would take more than the words save.
  static let sizeMin = 256

  /// Adds `bytes` as a section.
  static func write(_ bytes: ArraySlice<UInt8>, to out: inout TextByteWriter) {
    if bytes.count >= sizeMin {
      var counts = ContiguousArray(repeating: 0, count: 256)
      counts.withUnsafeMutableBufferPointer { counts in
        // A byte is less than 256.
        for byte in bytes { counts[Int(byte)] &+= 1 }
      }
      if counts.count(where: { $0 > 0 }) > 1 {
        let code = ByteCode(counts: counts)
        let digits = digits(of: code.lengths)
        let bits = (0..<256).reduce(0) { $0 + counts[$1] * Int(code.lengths[$1]) }
        if digits.count + bits / 8 + 4 < bytes.count {
          out.number(bytes.count << 1 | 1)
          out.bytes += digits
          out.number((bits + 7) / 8)
          return write(bytes, in: code, bits: bits, to: &out.bytes)
        }
      }
    }
    out.number(bytes.count << 1)
    out.bytes += bytes
  }

  /// Adds the code words of `bytes`, which take so many bits.
  private static func write(
    _ bytes: ArraySlice<UInt8>, in code: ByteCode, bits: Int, to out: inout [UInt8]
  ) {
    let size = (bits + 7) / 8
    out += [UInt8](unsafeUninitializedCapacity: size + 4) { out, filled in
      let out = UnsafeMutableRawBufferPointer(out)
      code.words.withUnsafeBufferPointer { words in
        var held: UInt64 = 0
        var count = 0
        var at = 0
        // There is a word for each of the 256 bytes. A word has 11 bits at most and `count` stays
        // below 32, so no shift reaches 64. Four bytes are stored only when their 32 bits are
        // there, so at + 4 <= size + 3.
        for byte in bytes {
          let word = words[Int(byte)]
          held = held &<< UInt64(word.length) | UInt64(word.bits)
          count &+= Int(word.length)
          if count >= 32 {
            count &-= 32
            let four = UInt32(truncatingIfNeeded: held &>> UInt64(truncatingIfNeeded: count))
            out.storeBytes(of: four.bigEndian, toByteOffset: at, as: UInt32.self)
            at += 4
          }
        }
        let rest = UInt32(truncatingIfNeeded: held << UInt64(32 - count))
        if count > 0 { out.storeBytes(of: rest.bigEndian, toByteOffset: at, as: UInt32.self) }
      }
      filled = size
    }
  }

  private static func digits(of lengths: ContiguousArray<UInt8>) -> [UInt8] {
    var digits: [UInt8] = []
    var at = 0
    while at < lengths.count {
      digits.append(lengths[at])
      at += 1
      guard digits[digits.count - 1] == 0 else { continue }
      var more: UInt8 = 0
      while more < 15, at < lengths.count, lengths[at] == 0 {
        more += 1
        at += 1
      }
      digits.append(more)
    }
    if digits.count % 2 == 1 { digits.append(0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// Reads a section and adds its bytes to `out`.
  static func read(
    _ reader: inout TextByteReader, into out: inout [UInt8]
  ) throws(TextError) {
    let head = try reader.number(atMost: reader.left << 4)
    let size = head >> 1
    if head & 1 == 0 {
      out += try reader.slice(size)
      return
    }
    let code = try readCode(&reader)
    let words = try reader.slice(reader.number(atMost: reader.left))
    // A code word has a bit at least, so that what is read bounds what is written.
    guard size <= words.count * 8, read(words, in: code, count: size, into: &out) else {
      throw reader.flaw(.compression)
    }
  }

  private static func readCode(_ reader: inout TextByteReader) throws(TextError) -> ByteCode {
    var lengths: ContiguousArray<UInt8> = []
    var isRun = false
    while lengths.count < 256 || isRun {
      let byte = try reader.byte()
      for digit in [byte >> 4, byte & 15] where lengths.count < 256 || isRun {
        if isRun {
          lengths.append(contentsOf: repeatElement(0, count: Int(digit)))
        } else {
          lengths.append(digit)
        }
        isRun = !isRun && digit == 0
      }
    }
    guard let code = ByteCode(lengths: lengths) else { throw reader.flaw(.compression) }
    return code
  }

  /// Whether `words` are `count` code words and fill their last byte with zeros.
  private static func read(
    _ words: UnsafeRawBufferPointer, in code: ByteCode, count: Int, into out: inout [UInt8]
  ) -> Bool {
    let table = code.table
    var held: UInt64 = 0
    var bits = 0
    var next = 0
    var complete = false
    out += [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      // `filled` counts up to `count`, which is the room there is.
      while filled < count {
        if bits < ByteCode.lengthMax {
          while bits <= 56, next < words.count {
            held |= UInt64(words[next]) << UInt64(56 - bits)
            next += 1
            bits += 8
          }
        }
        let entry = table[Int(held >> UInt64(64 - ByteCode.lengthMax))]
        let length = Int(entry >> 8)
        guard length <= bits else { return }
        held <<= UInt64(length)
        bits -= length
        out.initializeElement(at: filled, to: UInt8(truncatingIfNeeded: entry))
        filled += 1
      }
      complete = true
    }
    return complete && next == words.count && bits < 8 && held == 0
  }
}
