// SPDX-License-Identifier: MIT

import CZstd

/// Zstandard (RFC 8878) through libzstd, of whole blocks whose size is known beforehand.
///
/// Keeps its working memory from block to block; for use in one place at a time.
public final class Zstandard {
  private var compressor: OpaquePointer?
  private var decompressor: OpaquePointer?

  private let level: Int32

  /// Nothing is allocated yet.
  ///
  /// - Parameter level: libzstd's, 1 to 19. With 6, annotations get as small as twice the work
  ///   would make them, but for one part in a hundred.
  public init(level: Int32 = 6) { self.level = level }

  deinit {
    ZSTD_freeCCtx(compressor)
    ZSTD_freeDCtx(decompressor)
  }

  /// `bytes`, compressed; nil when they don't get smaller.
  public func compress(_ bytes: [UInt8]) -> [UInt8]? {
    if compressor == nil { compressor = ZSTD_createCCtx() }
    // One byte less than there are: what doesn't fit there isn't worth it.
    guard bytes.count > 1, let compressor else { return nil }
    let packed = [UInt8](unsafeUninitializedCapacity: bytes.count - 1) { target, count in
      let written = bytes.withUnsafeBytes { source in
        ZSTD_compressCCtx(
          compressor, target.baseAddress, target.count, source.baseAddress, source.count,
          level)
      }
      count = ZSTD_isError(written) == 0 ? written : 0
    }
    return packed.isEmpty ? nil : packed
  }

  /// What these bytes were, if that is exactly `count` bytes; else nil. Nothing beyond `count` is
  /// allocated, whatever the bytes say of themselves.
  public func decompress(_ bytes: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
    if decompressor == nil { decompressor = ZSTD_createDCtx() }
    guard count > 0, let decompressor else { return nil }
    let plain = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      let written = bytes.withUnsafeBytes { source in
        ZSTD_decompressDCtx(
          decompressor, target.baseAddress, count, source.baseAddress, source.count)
      }
      filled = ZSTD_isError(written) == 0 ? written : 0
    }
    return plain.count == count ? plain : nil
  }
}
