// SPDX-License-Identifier: MIT

import Merge

/// Packs bodies of changes: by columns, each compressed. The log and the wire hold the same bytes
/// (docs/format.md, section 11).
///
/// Keeps the compressor's memory; for use in one place at a time.
public final class BodyPacker {
  private let zstandard = Zstandard()

  /// The ways of packing, by their first bytes.
  private enum Form {
    /// Each column is compressed by itself. Written by the first stores that were packed.
    static let columns: UInt8 = 1
    /// All of them together: better where there is little.
    static let together: UInt8 = 2
    /// In the frames of `frames`.
    static let frames: UInt8 = 3
  }

  /// The columns that are compressed together in form 3: what people wrote and what they marked are
  /// made of the same words; of the others each is by itself.
  private static let frames: [[Int]] = {
    let words: [BodyColumn] = [.quotes, .notes, .texts]
    return BodyColumn.allCases.filter { !words.contains($0) }.map { [$0.rawValue] }
      + [words.map(\.rawValue)]
  }()

  /// From so many bytes of columns on, there are several frames.
  private static let togetherMax = 16 << 10
  /// A frame below this isn't compressed.
  private static let frameMin = 32

  /// Nothing is allocated yet.
  public init() {}

  /// These bodies packed; nil when that doesn't make them smaller, or would not give the same bytes
  /// again.
  public func pack(_ bodies: [[UInt8]]) -> [UInt8]? {
    let size = bodies.reduce(0) { $0 + $1.count }
    guard let columns = try? BodyColumns.split(bodies) else { return nil }
    var out = ByteWriter()
    let total = columns.reduce(0) { $0 + $1.count }
    let isSmall = total < Self.togetherMax
    out.bytes.append(isSmall ? Form.together : Form.frames)
    out.number(
      columns.indices.reduce(0) { $0 | (columns[$1].isEmpty ? 0 : 1 << UInt64($1)) })
    for column in columns where !column.isEmpty { out.count(column.count) }
    if isSmall {
      guard let packed = zstandard.compress(columns.flatMap { $0 }) else { return nil }
      out.bytes += packed
    } else {
      for frame in Self.frames {
        let plain = frame.count == 1 ? columns[frame[0]] : frame.flatMap { columns[$0] }
        if plain.isEmpty { continue }
        let packed = plain.count < Self.frameMin ? nil : zstandard.compress(plain)
        // No compressed frame is empty: 0 says that it stands as it is.
        out.count(packed?.count ?? 0)
        out.bytes += packed ?? plain
      }
    }
    // What is packed replaces the bytes that were hashed, for ever: so it is tried out first.
    guard out.bytes.count < size,
      let again = try? unpack(out.bytes, count: bodies.count, bytesMax: size),
      zip(again, bodies).allSatisfy({ Self.areSame($0, $1) })
    else { return nil }
    return out.bytes
  }

  /// The bodies that these bytes were packed from.
  ///
  /// Reads any bytes without trapping, and allocates little more than `bytesMax` for them.
  ///
  /// - Parameters:
  ///   - count: how many bodies they are.
  ///   - bytesMax: what they come to at most.
  /// - Throws: `PackingError`.
  public func unpack(
    _ packed: [UInt8], count: Int, bytesMax: Int
  ) throws(PackingError) -> [[UInt8]] {
    do {
      return try BodyColumns.join(
        columns(packed, bytesMax: bytesMax), count: count, bytesMax: bytesMax)
    } catch let error as PackingError {
      throw error
    } catch {
      throw .malformed
    }
  }

  /// Eight bytes at a time, where `==` of arrays takes one.
  private static func areSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in
        var place = 0
        while place + 8 <= left.count {
          let words = (
            left.loadUnaligned(fromByteOffset: place, as: UInt64.self),
            right.loadUnaligned(fromByteOffset: place, as: UInt64.self)
          )
          if words.0 != words.1 { return false }
          place += 8
        }
        return left[place...].elementsEqual(right[place...])
      }
    }
  }

  private func columns(_ packed: [UInt8], bytesMax: Int) throws -> [[UInt8]] {
    var reader = ByteReader(packed)
    let form = try reader.byte()
    guard (Form.columns...Form.frames).contains(form) else { throw PackingError.unknownForm(form) }
    let present = try reader.number()
    guard present >> UInt64(BodyColumn.allCases.count) == 0 else { throw PackingError.malformed }
    let places = BodyColumn.allCases.map(\.rawValue).filter { present >> UInt64($0) & 1 != 0 }
    var columns = [[UInt8]](repeating: [], count: BodyColumn.allCases.count)
    var sizes = [Int](repeating: 0, count: columns.count)
    // A difference may be a byte or two longer than the number itself.
    var room = 2 * bytesMax
    func readSize(_ place: Int) throws {
      let size = try reader.number()
      guard size <= UInt64(room) else { throw PackingError.tooLarge(size, limit: room) }
      room -= Int(size)
      sizes[place] = Int(size)
    }
    /// Reads the columns of a frame, whose sizes are known.
    func readFrame(_ frame: [Int], _ packed: Int) throws {
      let size = frame.reduce(0) { $0 + sizes[$1] }
      if packed == 0 {
        for place in frame { columns[place] = Array(try reader.take(sizes[place])) }
        return
      }
      guard let plain = zstandard.decompress(try reader.take(packed), count: size) else {
        throw PackingError.malformed
      }
      if let place = frame.first, frame.count == 1 {
        columns[place] = plain
        return
      }
      var start = 0
      for place in frame {
        columns[place] = Array(plain[start..<start + sizes[place]])
        start += sizes[place]
      }
    }
    switch form {
    case Form.columns:
      for place in places {
        try readSize(place)
        try readFrame([place], reader.count(of: "packed bytes"))
      }
    case Form.together:
      for place in places { try readSize(place) }
      guard reader.remaining > 0 else { throw PackingError.malformed }
      try readFrame(places, reader.remaining)
    default:
      for place in places { try readSize(place) }
      for frame in Self.frames where frame.contains(where: { sizes[$0] > 0 }) {
        try readFrame(frame, reader.count(of: "packed bytes"))
      }
    }
    try reader.finish()
    return columns
  }
}
