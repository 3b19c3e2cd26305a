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

  /// Bytes of the so many code points of `bytes` that start at byte `start`.
  static func size(ofPoints points: Int, from start: Int, in bytes: ContiguousArray<UInt8>) -> Int {
    bytes.withUnsafeBytes {
      offset(of: points, in: UnsafeRawBufferPointer(rebasing: $0[start...]))
    }
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

// MARK: - Validity

extension UTF8Scan {
  /// How many code points `bytes` holds; nil when they are not UTF-8.
  static func validCount(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var points = 0
    var index = 0
    while index < bytes.count {
      while index + 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        if word & 0x8080_8080_8080_8080 != 0 { break }
        points += 8
        index += 8
      }
      guard index < bytes.count else { break }
      let length = pointLength(bytes, at: index)
      if length == 0 { return nil }
      index += length
      points += 1
    }
    return points
  }

  /// How many bytes the code point at `index` takes; 0 when there is none.
  private static func pointLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    let first = bytes[index]
    if first < 0x80 { return 1 }
    let length: Int
    // The second byte's range shuts out overlong forms, surrogates and what is beyond U+10FFFF.
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if first == 0xE0 { second = 0xA0...0xBF }
      if first == 0xED { second = 0x80...0x9F }
    case 0xF0...0xF4:
      length = 4
      if first == 0xF0 { second = 0x90...0xBF }
      if first == 0xF4 { second = 0x80...0x8F }
    default: return 0
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
    for offset in 2..<max(2, length) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
    return length
  }
}
