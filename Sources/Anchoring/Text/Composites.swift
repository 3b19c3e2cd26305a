// SPDX-License-Identifier: MIT

/// Which pairs of code points compose to one (Unicode, 3.11 D114: primary composites).
///
/// Foundation can't be asked: on Linux (6.3) it cuts a base beyond U+FFFF to 16 bits before it
/// looks up a pair, and so makes another letter of it. What single code points decompose to it
/// knows well, and that, turned round, is the table. Making it takes about a millisecond, once, for
/// the first text that needs it.
struct Composites {
  /// The composites of this process.
  static let all = Composites()

  private var pairs: [UInt64: UInt32] = [:]

  private init() {
    pairs.reserveCapacity(1024)
    var longer: [(parts: [UInt32], composite: UInt32)] = []
    for value in Self.ranges.joined() {
      let parts = UnicodeMappings.decomposed(value)
      if parts.count == 2 {
        pairs[Self.key(parts[0], parts[1])] = value
      } else if parts.count > 2 {
        longer.append((parts, value))
      }
    }
    // A composite's last part stands apart; the others are the full decomposition of the first.
    for (parts, composite) in longer.sorted(by: { $0.parts.count < $1.parts.count }) {
      var first = parts[0]
      for part in parts[1..<(parts.count - 1)] { first = pairs[Self.key(first, part)] ?? first }
      pairs[Self.key(first, parts[parts.count - 1])] = composite
    }
  }

  /// What `first` and `second` compose to, if anything.
  func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    Self.hangul(first, second) ?? pairs[Self.key(first, second)]
  }

  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  /// Hangul syllables are composed by arithmetic (Unicode, 3.12).
  private static func hangul(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100...0x1112).contains(first), (0x1161...0x1175).contains(second) {
      return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
    }
    if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % 28 == 0,
      (0x11A8...0x11C2).contains(second)
    {
      return first + (second - 0x11A7)
    }
    return nil
  }

  /// Where the composites of Unicode 14 are, without those excluded from composition, and those of
  /// Unicode 16 for a Foundation that knows them. Other code points between them do not decompose.
  private static let ranges: [ClosedRange<UInt32>] = [
    0xC0...0x17E, 0x1A0...0x1A1, 0x1AF...0x1B0, 0x1CD...0x21F, 0x226...0x233, 0x385...0x386,
    0x388...0x390, 0x3AA...0x3B0, 0x3CA...0x3D4, 0x400...0x40E, 0x419...0x419, 0x439...0x439,
    0x450...0x45E, 0x476...0x477, 0x4C1...0x4C2, 0x4D0...0x4F9, 0x622...0x626, 0x6C0...0x6C2,
    0x6D3...0x6D3, 0x929...0x929, 0x931...0x934, 0x9CB...0x9CC, 0xB48...0xB4C, 0xB94...0xB94,
    0xBCA...0xBCC, 0xC48...0xC48, 0xCC0...0xCC0, 0xCC7...0xCCB, 0xD4A...0xD4C, 0xDDA...0xDDE,
    0x1026...0x1026, 0x1B06...0x1B12, 0x1B3B...0x1B43, 0x1E00...0x1EF9, 0x1F00...0x1F70,
    0x1F72...0x1F72, 0x1F74...0x1F74, 0x1F76...0x1F76, 0x1F78...0x1F78, 0x1F7A...0x1F7A,
    0x1F7C...0x1F7C, 0x1F80...0x1FBA, 0x1FBC...0x1FBC, 0x1FC1...0x1FC8, 0x1FCA...0x1FCA,
    0x1FCC...0x1FD2, 0x1FD6...0x1FDA, 0x1FDD...0x1FE2, 0x1FE4...0x1FEA, 0x1FEC...0x1FED,
    0x1FF2...0x1FF8, 0x1FFA...0x1FFA, 0x1FFC...0x1FFC, 0x219A...0x219B, 0x21AE...0x21AE,
    0x21CD...0x21CF, 0x2204...0x220C, 0x2224...0x2226, 0x2241...0x2249, 0x2260...0x2262,
    0x226D...0x2279, 0x2280...0x2289, 0x22AC...0x22AF, 0x22E0...0x22E3, 0x22EA...0x22ED,
    0x304C...0x3069, 0x3070...0x307D, 0x3094...0x3094, 0x309E...0x309E, 0x30AC...0x30C9,
    0x30D0...0x30DD, 0x30F4...0x30FE, 0x1_05C9...0x1_05C9, 0x1_05E4...0x1_05E4,
    0x1_109A...0x1_109C, 0x1_10AB...0x1_10AB, 0x1_112E...0x1_112F, 0x1_134B...0x1_134C,
    0x1_1383...0x1_1391, 0x1_13C5...0x1_13C8, 0x1_14BB...0x1_14BE, 0x1_15BA...0x1_15BB,
    0x1_1938...0x1_1938, 0x1_6121...0x1_6128, 0x1_6D68...0x1_6D6A,
  ]
}
