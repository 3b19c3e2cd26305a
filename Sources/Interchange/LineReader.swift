// SPDX-License-Identifier: MIT

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Cuts what a source hands out into lines of bounded size.
struct LineReader {
  /// One line.
  struct Line {
    /// Its number, from 1.
    let number: Int
    /// Its bytes, without the line end; none of one that is too long.
    let bytes: [UInt8]
    /// Whether a line end was there: false for a last line that may be cut short.
    let isEnded: Bool
    /// Whether it has more bytes than a line may have; it was skipped.
    let isTooLong: Bool
  }

  private let source: ByteSource
  private let most: Int
  private var buffer: [UInt8] = []
  /// Where the next line begins in `buffer`.
  private var start = 0
  /// Up to where `buffer` holds no line end.
  private var searched = 0
  private var isAtEnd = false
  private var isSkipping = false
  private var number = 0
  /// How many bytes were read so far.
  private(set) var bytesRead = 0

  /// Bytes that are read at once.
  private static let chunkBytes = 256 << 10

  /// Lines of at most `most` bytes.
  init(_ source: ByteSource, most: Int) {
    self.source = source
    self.most = most
  }

  /// The next line; nil at the end.
  mutating func next() throws -> Line? {
    while true {
      if let end = lineEnd() {
        defer {
          start = end + 1
          searched = start
        }
        return line(upTo: end, isEnded: true)
      }
      searched = buffer.count
      if buffer.count - start > most {
        isSkipping = true
        start = buffer.count
      }
      if isAtEnd {
        guard start < buffer.count || isSkipping else { return nil }
        defer {
          start = buffer.count
          searched = start
        }
        return line(upTo: buffer.count, isEnded: false)
      }
      try fill()
    }
  }

  private mutating func line(upTo end: Int, isEnded: Bool) -> Line {
    number += 1
    let isTooLong = isSkipping || end - start > most
    isSkipping = false
    return Line(
      number: number, bytes: isTooLong ? [] : Array(buffer[start..<end]), isEnded: isEnded,
      isTooLong: isTooLong)
  }

  private func lineEnd() -> Int? {
    guard searched < buffer.count else { return nil }
    return buffer.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress,
        let found = memchr(base + searched, 0x0A, bytes.count - searched)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  private mutating func fill() throws {
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    let chunk = try source.read(most: Self.chunkBytes)
    isAtEnd = chunk.isEmpty
    bytesRead += chunk.count
    buffer.append(contentsOf: chunk)
  }
}
