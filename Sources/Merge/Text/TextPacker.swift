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

  private static let hashBits = 15
  private static let chainMax = 12

  /// `bytes[start...]` packed; what lies before `start` is the prefix.
  static func pack(_ bytes: [UInt8], from start: Int) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count - start) / 2 + 16)
    bytes.withUnsafeBufferPointer { bytes in
      var finder = MatchFinder(bytes)
      finder.enter(upTo: start)
      var at = start
      var literals = start
      while at + matchMin <= bytes.count {
        var match = finder.longest(at: at)
        finder.enter(upTo: at + 1)
        guard match.length >= matchMin else {
          at += 1
          continue
        }
        // One byte later there may be a longer one.
        if match.length < 32, at + 1 + matchMin <= bytes.count {
          let later = finder.longest(at: at + 1)
          if later.length > match.length + 1 {
            at += 1
            match = later
          }
        }
        write(bytes[literals..<at], match, &out)
        at += match.length
        literals = at
        finder.enter(upTo: at)
      }
      write(bytes[literals...], (0, 0), &out)
    }
    return out
  }

  private static func write(
    _ literals: Slice<UnsafeBufferPointer<UInt8>>, _ match: (length: Int, distance: Int),
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
    out.append(contentsOf: literals)
    guard match.length > 0 else { return }
    if extra >= 15 { out.append(UInt8(extra - 15)) }
    var rest = match.distance
    while rest > 0x7F {
      out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    out.append(UInt8(rest))
  }

  /// Finds earlier occurrences through a hash of four bytes and chains.
  private struct MatchFinder {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var heads = ContiguousArray<Int32>(repeating: -1, count: 1 << hashBits)
    private var chain: ContiguousArray<Int32>
    private var entered = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
      self.bytes = bytes
      chain = ContiguousArray(repeating: -1, count: bytes.count)
    }

    private func hash(_ at: Int) -> Int {
      let word = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: at, as: UInt32.self)
      return Int((word &* 2_654_435_761) >> UInt32(32 - hashBits))
    }

    mutating func enter(upTo end: Int) {
      while entered < end, entered + 4 <= bytes.count {
        let slot = hash(entered)
        chain[entered] = heads[slot]
        heads[slot] = Int32(truncatingIfNeeded: entered)
        entered += 1
      }
    }

    func longest(at: Int) -> (length: Int, distance: Int) {
      var best = (length: 0, distance: 0)
      let limit = min(matchMax, bytes.count - at)
      var candidate = Int(heads[hash(at)])
      var steps = 0
      while candidate >= 0, steps < chainMax {
        if candidate < at, best.length < limit,
          bytes[candidate + best.length] == bytes[at + best.length]
        {
          var length = 0
          while length < limit, bytes[candidate + length] == bytes[at + length] { length += 1 }
          // A distance of three bytes must save what it costs.
          let least = at - candidate < 1 << 14 ? matchMin : matchMin + 1
          if length > best.length, length >= least { best = (length, at - candidate) }
        }
        candidate = Int(chain[candidate])
        steps += 1
      }
      return best
    }
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
