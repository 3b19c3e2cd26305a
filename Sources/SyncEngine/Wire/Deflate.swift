// SPDX-License-Identifier: MIT

import CZlib

/// Raw deflate (RFC 1951) through zlib, of whole blocks whose size is known beforehand.
enum Deflate {
  /// A fast level: a first sync is bound by the disk on the other side, not by the wire.
  private static let level: Int32 = 4

  /// `bytes`, compressed.
  static func compress(_ bytes: [UInt8]) throws(SyncError) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard
      deflateInit2_(
        &stream, level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    else { throw SyncError(.failed, "zlib can't start") }
    defer { deflateEnd(&stream) }
    var out = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let result = run(&stream, bytes, &out) { deflate($0, Z_FINISH) }
    guard result == Z_STREAM_END else { throw SyncError(.failed, "zlib can't compress") }
    return Array(out.prefix(Int(stream.total_out)))
  }

  /// `bytes`, inflated to exactly `count` bytes: a bomb stops at the bound that its header named.
  static func inflate(_ bytes: [UInt8], count: Int) throws(SyncError) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK else {
      throw SyncError(.failed, "zlib can't start")
    }
    defer { inflateEnd(&stream) }
    var out = [UInt8](repeating: 0, count: max(count, 1))
    let result = run(&stream, bytes, &out) { CZlib.inflate($0, Z_FINISH) }
    guard result == Z_STREAM_END, stream.total_out == UInt(count), stream.avail_in == 0 else {
      throw SyncError(.garbage, "the peer sent a block that can't be inflated")
    }
    return Array(out.prefix(count))
  }

  private static func run(
    _ stream: inout z_stream, _ bytes: [UInt8], _ out: inout [UInt8],
    _ body: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> Int32 {
    var input = bytes
    return input.withUnsafeMutableBufferPointer { source in
      out.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(clamping: source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(clamping: target.count)
        return withUnsafeMutablePointer(to: &stream) { body($0) }
      }
    }
  }
}
