// SPDX-License-Identifier: MIT

/// Counting code points in valid UTF-8.
enum UTF8Scan {
  /// How many code points start in `bytes`.
  static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
    var points = 0
    var index = 0
    let words = bytes.count & ~7
    while index < words {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      points += 8 - continuations(word)
      index += 8
    }
    while index < bytes.count {
      if bytes[index] & 0xC0 != 0x80 { points += 1 }
      index += 1
    }
    return points
  }

  /// The byte at which code point `point` starts, or the end when there are no more.
  static func offset(of point: Int, in bytes: UnsafeRawBufferPointer) -> Int {
    var left = point
    var index = 0
    let words = bytes.count & ~7
    while index < words {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let starts = 8 - continuations(word)
      if starts > left { break }
      left -= starts
      index += 8
    }
    while index < bytes.count {
      if bytes[index] & 0xC0 != 0x80 {
        if left == 0 { return index }
        left -= 1
      }
      index += 1
    }
    return index
  }

  /// How many code points `text` holds.
  static func count(_ text: String) -> Int {
    var text = text
    return text.withUTF8 { count(UnsafeRawBufferPointer($0)) }
  }

  /// Bytes of the form 10xxxxxx in a word.
  private static func continuations(_ word: UInt64) -> Int {
    let marks = (word >> 7) & ~(word >> 6) & 0x0101_0101_0101_0101
    return marks.nonzeroBitCount
  }
}
