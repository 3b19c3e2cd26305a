// SPDX-License-Identifier: MIT

/// Text that packing makes little smaller: for what must fill buffers.
enum Noise {
  /// Words of capital letters, the same for a seed.
  static func words(bytes count: Int, seed: UInt64 = 1) -> String {
    var state = seed
    let bytes = (0..<count).map { place -> UInt8 in
      // Donald Knuth's MMIX generator; the high bits are the good ones.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return place % 60 == 59 ? 0x20 : 0x41 + UInt8(state >> 59) % 26
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
