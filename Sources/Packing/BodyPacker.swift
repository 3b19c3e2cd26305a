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
    /// Each column is compressed by itself.
    static let columns: UInt8 = 1
    /// All of them together: better where there is little.
    static let together: UInt8 = 2
  }

  /// From so many bytes of columns on, each is compressed by itself.
  private static let togetherMax = 16 << 10
  /// A column below this isn't compressed.
  private static let columnMin = 32

  /// Nothing is allocated yet.
  public init() {}

  /// These bodies packed; nil when that doesn't make them smaller, or would not give the same bytes
  /// again.
  public func pack(_ bodies: [[UInt8]]) -> [UInt8]? {
    let size = bodies.reduce(0) { $0 + $1.count }
    guard let columns = try? BodyColumns.split(bodies) else { return nil }
    var out = ByteWriter()
    let total = columns.reduce(0) { $0 + $1.count }
    out.bytes.append(total < Self.togetherMax ? Form.together : Form.columns)
    out.number(
      columns.indices.reduce(0) { $0 | (columns[$1].isEmpty ? 0 : 1 << UInt64($1)) })
    if total < Self.togetherMax {
      for column in columns where !column.isEmpty { out.count(column.count) }
      guard let packed = zstandard.compress(columns.flatMap { $0 }) else { return nil }
      out.bytes += packed
    } else {
      for column in columns where !column.isEmpty {
        out.count(column.count)
        let packed = column.count < Self.columnMin ? nil : zstandard.compress(column)
        // No compressed column is empty: 0 says that it stands as it is.
        out.count(packed?.count ?? 0)
        out.bytes += packed ?? column
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
    guard form == Form.columns || form == Form.together else {
      throw PackingError.unknownForm(form)
    }
    let present = try reader.number()
    guard present >> UInt64(BodyColumn.allCases.count) == 0 else { throw PackingError.malformed }
    let places = BodyColumn.allCases.map(\.rawValue).filter { present >> UInt64($0) & 1 != 0 }
    var columns = [[UInt8]](repeating: [], count: BodyColumn.allCases.count)
    // A difference may be a byte or two longer than the number itself.
    var room = 2 * bytesMax
    func size(_ reader: inout ByteReader) throws -> Int {
      let size = try reader.number()
      guard size <= UInt64(room) else { throw PackingError.tooLarge(size, limit: room) }
      room -= Int(size)
      return Int(size)
    }
    if form == Form.together {
      var sizes: [Int] = []
      for _ in places { sizes.append(try size(&reader)) }
      let total = sizes.reduce(0, +)
      guard
        let all = zstandard.decompress(try reader.take(reader.remaining), count: total)
      else { throw PackingError.malformed }
      var start = 0
      for (place, size) in zip(places, sizes) {
        columns[place] = Array(all[start..<start + size])
        start += size
      }
    } else {
      for place in places {
        let size = try size(&reader)
        let packed = try reader.count(of: "packed bytes")
        if packed == 0 {
          columns[place] = Array(try reader.take(size))
        } else {
          guard let column = zstandard.decompress(try reader.take(packed), count: size) else {
            throw PackingError.malformed
          }
          columns[place] = column
        }
      }
    }
    try reader.finish()
    return columns
  }
}
