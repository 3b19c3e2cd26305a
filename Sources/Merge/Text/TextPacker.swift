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
    var out = RawArray<UInt8>(room: (bytes.count - start) / 2 + 64)
    var heads = ContiguousArray<Int32>(repeating: -1, count: 1 << hashBits)
    bytes.withUnsafeBytes { bytes in
      heads.withUnsafeMutableBufferPointer { heads in
        enter(0, start, bytes, heads)
        let literals = search(bytes, from: start, heads, &out)
        write(bytes, literals, bytes.count, (0, 0), &out)
      }
    }
    return [UInt8](out.buffer)
  }

  /// Takes the first match that the table knows, and looks at fewer places the longer there was
  /// none. Returns where the last literals start.
  private static func search(
    _ bytes: UnsafeRawBufferPointer, from start: Int,
    _ heads: UnsafeMutableBufferPointer<Int32>, _ out: inout RawArray<UInt8>
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
      write(bytes, literals, at, (length, at - candidate), &out)
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

  /// Adds a sequence: the literals `bytes[from..<end]`, and a match unless its length is 0.
  @inline(__always)
  private static func write(
    _ bytes: UnsafeRawBufferPointer, _ from: Int, _ end: Int, _ match: (length: Int, distance: Int),
    _ out: inout RawArray<UInt8>
  ) {
    let size = end - from
    let extra = max(0, match.length - matchMin)
    // At most: the token, a byte for every 255 literals and one more, the literals (in steps of 16:
    // 15 too many), a byte for the match's length, and ten for its distance.
    out.append(atMost: size + size / 255 + 32) { out in
      out[0] = UInt8(min(15, size) << 4 | min(15, extra))
      var at = 1
      if size >= 15 {
        var rest = size - 15
        while rest >= 255 {
          out[at] = 255
          at += 1
          rest -= 255
        }
        out[at] = UInt8(rest)
        at += 1
      }
      let raw = UnsafeMutableRawPointer(out)
      if size <= 48, bytes.count - end >= 15 {
        var done = 0
        while done < size {
          let word = bytes.loadUnaligned(fromByteOffset: from + done, as: SIMD16<UInt8>.self)
          raw.storeBytes(of: word, toByteOffset: at + done, as: SIMD16<UInt8>.self)
          done += 16
        }
      } else if let source = bytes.baseAddress {
        (raw + at).copyMemory(from: source + from, byteCount: size)
      }
      at += size
      guard match.length > 0 else { return at }
      if extra >= 15 {
        out[at] = UInt8(extra - 15)
        at += 1
      }
      var rest = match.distance
      while rest > 0x7F {
        out[at] = UInt8(truncatingIfNeeded: rest) | 0x80
        at += 1
        rest >>= 7
      }
      out[at] = UInt8(rest)
      return at + 1
    }
  }

  /// Fills `out` with what `packed` stands for, behind `prefix`; false when that is more or less,
  /// or `packed` stands for nothing.
  static func unpack(
    _ packed: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer,
    prefix: UnsafeRawBufferPointer
  ) -> Bool {
    var reader = Unpacker(out: out, prefix: prefix)
    return reader.run(packed)
  }

  /// The `count` bytes that `packed` stands for, behind `prefix`; nil when it stands for none, or
  /// for more or fewer.
  static func unpack(
    _ packed: UnsafeRawBufferPointer, count: Int, prefix: UnsafeRawBufferPointer
  ) -> ContiguousArray<UInt8>? {
    guard count >= 0, count / expansionMax <= packed.count else { return nil }
    var complete = false
    let out = ContiguousArray<UInt8>(unsafeUninitializedCapacity: count) { out, filled in
      complete = unpack(packed, into: UnsafeMutableRawBufferPointer(out), prefix: prefix)
      filled = complete ? count : 0
    }
    return complete ? out : nil
  }

  private struct Unpacker {
    let out: UnsafeMutableRawBufferPointer
    let prefix: UnsafeRawBufferPointer
    var at = 0
    let end: Int

    init(out: UnsafeMutableRawBufferPointer, prefix: UnsafeRawBufferPointer) {
      self.out = out
      self.prefix = prefix
      end = out.count
    }

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
        guard distance > 0, distance <= prefix.count + at, length <= end - at else {
          return false
        }
        if distance > at { length = takePrefix(distance - at, length) }
        if length > 0 { repeatBytes(distance, length) }
      }
      return false
    }

    /// Copies what of a match lies in the prefix, `back` bytes before its end; returns how much of
    /// the match is left.
    private mutating func takePrefix(_ back: Int, _ length: Int) -> Int {
      let part = min(back, length)
      copy(prefix, prefix.count - back, part)
      return length - part
    }

    /// Callers checked that `count` bytes from `from` on lie in `source`, and as many in `out`.
    @inline(__always)
    private mutating func copy(_ source: UnsafeRawBufferPointer, _ from: Int, _ count: Int) {
      guard count > 0 else { return }
      let stop = at + count
      if source.count - from >= count + 15, end - stop >= 15 {
        var from = from
        repeat {
          let word = source.loadUnaligned(fromByteOffset: from, as: SIMD16<UInt8>.self)
          out.storeBytes(of: word, toByteOffset: at, as: SIMD16<UInt8>.self)
          at += 16
          from += 16
        } while at < stop
      } else {
        UnsafeMutableRawBufferPointer(rebasing: out[at..<stop])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<from + count]))
      }
      at = stop
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
