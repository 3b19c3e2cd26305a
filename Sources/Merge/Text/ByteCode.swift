// SPDX-License-Identifier: MIT

/// A prefix code for bytes: frequent ones take few bits (Huffman, 1952), in the canonical form, in
/// which the lengths say all.
struct ByteCode {
  /// No code word is longer, so that one look into a small table reads one.
  static let lengthMax = 11

  /// Bits of each byte's code word; 0 for bytes that don't occur.
  private(set) var lengths: ContiguousArray<UInt8>

  /// The code for bytes that occur so often, of which there must be at least two.
  init(counts: ContiguousArray<Int>) {
    var counts = counts
    repeat {
      lengths = Self.lengths(counts)
      // Flatter counts give shorter words: seldom needed, and never far from the best.
      for byte in counts.indices where counts[byte] > 0 { counts[byte] = counts[byte] / 2 + 1 }
    } while (lengths.max() ?? 0) > UInt8(Self.lengthMax)
  }

  /// The code with these lengths; nil when no code has them.
  init?(lengths: ContiguousArray<UInt8>) {
    var room = 0
    for length in lengths where length > 0 {
      guard length <= UInt8(Self.lengthMax) else { return nil }
      room += 1 << (Self.lengthMax - Int(length))
    }
    guard lengths.count == 256, room == 1 << Self.lengthMax else { return nil }
    self.lengths = lengths
  }

  /// How deep each byte lies in the tree that joins the two rarest parts again and again.
  private static func lengths(_ counts: ContiguousArray<Int>) -> ContiguousArray<UInt8> {
    // Count and byte in one number sort quickest.
    let bytes = counts.indices.filter { counts[$0] > 0 }.map { counts[$0] << 8 | $0 }.sorted()
      .map { $0 & 255 }
    let parts = max(1, 2 * bytes.count - 1)
    // Leaves come sorted and joined parts arise sorted, so the rarest part is first in one queue.
    var weights = RawArray<Int>(room: parts)
    for byte in bytes { weights.append(counts[byte]) }
    var parents = RawArray<Int>(room: parts)
    parents.append(repeating: 0, count: parts)
    var leaf = 0
    var joined = bytes.count
    while weights.count < 2 * bytes.count - 1 {
      var sum = 0
      for _ in 0..<2 {
        let takesLeaf =
          leaf < bytes.count && (joined == weights.count || weights[leaf] <= weights[joined])
        let part = takesLeaf ? leaf : joined
        if takesLeaf { leaf += 1 } else { joined += 1 }
        parents[part] = weights.count
        sum += weights[part]
      }
      weights.append(sum)
    }
    var depths = RawArray<Int>(room: parts)
    depths.append(repeating: 0, count: parts)
    var part = parts - 2
    while part >= 0 {
      depths[part] = depths[parents[part]] + 1
      part -= 1
    }
    var out = ContiguousArray<UInt8>(repeating: 0, count: 256)
    for (place, byte) in bytes.enumerated() { out[byte] = UInt8(min(255, depths[place])) }
    return out
  }

  /// Some bits, the last one lowest.
  struct Word {
    var bits: UInt16 = 0
    var length: UInt8 = 0
  }

  /// Each byte's code word.
  var words: ContiguousArray<Word> {
    // The words of one length are numbers one after another, bytes ascending; the first of the next
    // length comes after the last one of this, with a bit more.
    var next = ContiguousArray<UInt16>(repeating: 0, count: Self.lengthMax + 2)
    for length in lengths where length > 0 { next[Int(length) + 1] += 1 }
    for length in 1...Self.lengthMax { next[length + 1] = (next[length] + next[length + 1]) << 1 }
    var out = ContiguousArray(repeating: Word(), count: 256)
    for byte in 0..<256 where lengths[byte] > 0 {
      let length = Int(lengths[byte])
      out[byte] = Word(bits: next[length], length: lengths[byte])
      next[length] += 1
    }
    return out
  }

  /// For every `lengthMax` bits, the byte whose word they begin with, and above it its length.
  var table: ContiguousArray<UInt16> {
    var out = ContiguousArray<UInt16>(repeating: 0, count: 1 << Self.lengthMax)
    for (byte, word) in words.enumerated() where word.length > 0 {
      let free = Self.lengthMax - Int(word.length)
      let first = Int(word.bits) << free
      let entry = UInt16(word.length) << 8 | UInt16(byte)
      for place in first..<first + 1 << free { out[place] = entry }
    }
    return out
  }
}
