// SPDX-License-Identifier: MIT

import TestSupport

/// Text that packing makes little smaller: for what must fill buffers.
enum Noise {
  /// Words of capital letters, the same for a seed.
  static func words(bytes count: Int, seed: UInt64 = 1) -> String {
    var generator = SeededGenerator(seed: seed)
    let bytes = (0..<count).map { place -> UInt8 in
      place % 60 == 59 ? 0x20 : 0x41 + UInt8(generator.next() >> 59) % 26
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
