// SPDX-License-Identifier: MIT

/// Packs text by naming earlier occurrences of its parts: LZ77 with byte-sized tokens.
///
/// A sequence is a token (how many literals, high four bits; how long the match less four, low
/// four bits; fifteen: one more byte follows, 255 of which means yet another), the literals, and
/// how far back the match lies. Matches reach into a `prefix` that the reader has already.
enum TextPacker {
  static let matchMin = 4
  static let matchMax = 4 + 15 + 254
  /// No sequence gives more bytes for one of its own.
  static let expansionMax = 128

  private static let hashBits = 14

  /// `bytes[start...]` packed; what lies before `start` is the prefix.
  static func pack(_ bytes: [UInt8], from start: Int) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count - start) / 2 + 16)
    var heads = ContiguousArray<Int32>(repeating: -1, count: 1 << hashBits)
    bytes.withUnsafeBytes { bytes in
      heads.withUnsafeMutableBufferPointer { heads in
        enter(0, start, bytes, heads)
        let literals = search(bytes, from: start, heads, &out)
        write(bytes[literals...], (0, 0), &out)
      }
    }
    return out
  }

  /// Takes the first match that the table knows, and looks at fewer places the longer there was
  /// none. Returns where the last literals start.
  private static func search(
    _ bytes: UnsafeRawBufferPointer, from start: Int,
    _ heads: UnsafeMutableBufferPointer<Int32>, _ out: inout [UInt8]
  ) -> Int {
    var at = start
    var literals = start
    while at + matchMin <= bytes.count {
      let slot = hash(bytes, at)
      var candidate = Int(heads[slot])
      heads[slot] = Int32(truncatingIfNeeded: at)
      var length = candidate < 0 ? 0 : common(bytes, candidate, at)
      guard length >= matchMin else {
        at += 1 + (at - literals) >> 6
        continue
      }
      while at > literals, candidate > 0, length < matchMax, bytes[at - 1] == bytes[candidate - 1] {
        at -= 1
        candidate -= 1
        length += 1
      }
      write(bytes[literals..<at], (length, at - candidate), &out)
      enter(at + 1, at + length, bytes, heads)
      at += length
      literals = at
    }
    return literals
  }

  /// Puts every second place into the table.
  private static func enter(
    _ from: Int, _ end: Int, _ bytes: UnsafeRawBufferPointer,
    _ heads: UnsafeMutableBufferPointer<Int32>
  ) {
    var at = from
    while at < end, at + matchMin <= bytes.count {
      heads[hash(bytes, at)] = Int32(truncatingIfNeeded: at)
      at += 2
    }
  }

  @inline(__always)
  private static func hash(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
    let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
    return Int((word &* 2_654_435_761) >> UInt32(32 - hashBits))
  }

  /// How many bytes at `one` and `two` are the same.
  @inline(__always)
  private static func common(_ bytes: UnsafeRawBufferPointer, _ one: Int, _ two: Int) -> Int {
    let limit = min(matchMax, bytes.count - two)
    var length = 0
    while length + 8 <= limit {
      let left = bytes.loadUnaligned(fromByteOffset: one + length, as: UInt64.self)
      let right = bytes.loadUnaligned(fromByteOffset: two + length, as: UInt64.self)
      let differs = left.littleEndian ^ right.littleEndian
      if differs != 0 { return length + differs.trailingZeroBitCount >> 3 }
      length += 8
    }
    while length < limit, bytes[one + length] == bytes[two + length] { length += 1 }
    return length
  }

  private static func write(
    _ literals: Slice<UnsafeRawBufferPointer>, _ match: (length: Int, distance: Int),
    _ out: inout [UInt8]
  ) {
    let extra = max(0, match.length - matchMin)
    out.append(UInt8(min(15, literals.count) << 4 | min(15, extra)))
    if literals.count >= 15 {
      var rest = literals.count - 15
      while rest >= 255 {
        out.append(255)
        rest -= 255
      }
      out.append(UInt8(rest))
    }
    out.append(contentsOf: UnsafeRawBufferPointer(rebasing: literals))
    guard match.length > 0 else { return }
    if extra >= 15 { out.append(UInt8(extra - 15)) }
    var rest = match.distance
    while rest > 0x7F {
      out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    out.append(UInt8(rest))
  }

  /// The `count` bytes that `packed` stands for, behind `prefix`; nil when it stands for none, or
  /// for more or fewer.
  static func unpack(_ packed: ArraySlice<UInt8>, count: Int, prefix: [UInt8]) -> [UInt8]? {
    guard count >= 0, count / expansionMax <= packed.count else { return nil }
    var complete = false
    let total = prefix.count + count
    let out = [UInt8](unsafeUninitializedCapacity: total) { out, filled in
      _ = out.initialize(from: prefix)
      var reader = Unpacker(out: UnsafeMutableRawBufferPointer(out), at: prefix.count, end: total)
      complete = packed.withUnsafeBytes { reader.run($0) }
      filled = reader.at
    }
    return complete ? out : nil
  }

  private struct Unpacker {
    let out: UnsafeMutableRawBufferPointer
    var at: Int
    let end: Int

    /// Whether all of `packed` was read and gave the bytes that were asked for.
    mutating func run(_ packed: UnsafeRawBufferPointer) -> Bool {
      var next = 0
      while next < packed.count {
        let token = packed[next]
        next += 1
        var literals = Int(token >> 4)
        if literals == 15 {
          var more = 255
          while more == 255 {
            guard next < packed.count else { return false }
            more = Int(packed[next])
            literals += more
            next += 1
          }
        }
        guard literals <= packed.count - next, literals <= end - at else { return false }
        copy(packed, next, literals)
        next += literals
        if next == packed.count { return at == end && token & 15 == 0 }
        var length = Int(token & 15) + matchMin
        if token & 15 == 15 {
          length += Int(packed[next])
          next += 1
        }
        var distance = 0
        var shift = 0
        while true {
          guard next < packed.count, shift <= 28 else { return false }
          let byte = packed[next]
          next += 1
          distance |= Int(byte & 0x7F) << shift
          if byte <= 0x7F { break }
          shift += 7
        }
        guard distance > 0, distance <= at, length <= end - at else { return false }
        repeatBytes(distance, length)
      }
      return false
    }

    @inline(__always)
    private mutating func copy(_ packed: UnsafeRawBufferPointer, _ from: Int, _ count: Int) {
      guard count > 0 else { return }
      if count <= 16, packed.count - from >= 16, end - at >= 16 {
        let word = packed.loadUnaligned(fromByteOffset: from, as: SIMD16<UInt8>.self)
        out.storeBytes(of: word, toByteOffset: at, as: SIMD16<UInt8>.self)
      } else {
        UnsafeMutableRawBufferPointer(rebasing: out[at..<at + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: packed[from..<from + count]))
      }
      at += count
    }

    @inline(__always)
    private mutating func repeatBytes(_ distance: Int, _ length: Int) {
      let stop = at + length
      if distance >= 16, end - stop >= 16 {
        while at < stop {
          let word = out.loadUnaligned(fromByteOffset: at - distance, as: SIMD16<UInt8>.self)
          out.storeBytes(of: word, toByteOffset: at, as: SIMD16<UInt8>.self)
          at += 16
        }
        at = stop
      } else {
        while at < stop {
          out[at] = out[at - distance]
          at += 1
        }
      }
    }
  }
}
