// SPDX-License-Identifier: MIT

/// A plain text, edited by code-point positions.
///
/// UTF-8 in chunks of at most 2 KiB that begin and end between code points, each with its counts;
/// an edit moves bytes of one chunk only. Where the last edit was is remembered, so that typing
/// finds its chunk at once.
public struct TextBuffer: Sendable {
  static let chunkBytesMax = 2048
  /// How full a chunk is made when much text comes at once: room to edit stays.
  static let chunkBytesFilled = 1536

  /// Part of the text.
  struct Chunk: Sendable {
    /// In which part of the arena it lies.
    var slot: Int32
    /// Bytes.
    var size: Int32
    var points: Int32
  }

  /// Slots of `chunkBytesMax` bytes.
  var arena: ContiguousArray<UInt8> = []
  var chunks: ContiguousArray<Chunk> = []
  var freeSlots: ContiguousArray<Int32> = []
  var cursorChunk = 0
  /// Code points before the chunk at the cursor.
  var cursorStart = 0

  /// Code points.
  public internal(set) var count = 0
  /// Bytes of UTF-8.
  public internal(set) var utf8Count = 0

  /// An empty text.
  public init() {}

  /// A text that holds `string`.
  public init(_ string: String) {
    var string = string
    string.withUTF8 { insertBytes(UnsafeRawBufferPointer($0), at: 0) }
  }

  /// Takes out `deleted` code points at `position`, then puts in `inserted`.
  public mutating func replace(
    position: Int, deleted: Int, inserted: String
  ) throws(TextError) {
    try check(position: position, deleted: deleted)
    var inserted = inserted
    inserted.withUTF8 {
      apply(position: position, deleted: deleted, inserted: UnsafeRawBufferPointer($0))
    }
  }

  /// Takes out `deleted` code points at `position`, then puts in `inserted`, which must be UTF-8.
  public mutating func replace(
    position: Int, deleted: Int, insertedUTF8 inserted: [UInt8]
  ) throws(TextError) {
    try replace(
      position: position, deleted: deleted, inserted: String(decoding: inserted, as: UTF8.self))
  }

  /// Applies `patches`, one after another; none if one of them doesn't fit.
  public mutating func apply(_ patches: [TextPatch]) throws(TextError) {
    var length = count
    for patch in patches {
      try TextEdit.check(position: patch.position, deleted: patch.deleted, count: length, op: nil)
      length += UTF8Scan.count(patch.inserted) - patch.deleted
    }
    for patch in patches {
      try replace(position: patch.position, deleted: patch.deleted, inserted: patch.inserted)
    }
  }

  func check(position: Int, deleted: Int) throws(TextError) {
    try TextEdit.check(position: position, deleted: deleted, count: count, op: nil)
  }

  /// The text.
  public var string: String {
    String(unsafeUninitializedCapacity: utf8Count) { out in
      copyBytes(to: UnsafeMutableRawBufferPointer(out))
      return utf8Count
    }
  }

  /// The text as UTF-8.
  public var utf8: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: utf8Count) { out, size in
      copyBytes(to: UnsafeMutableRawBufferPointer(out))
      size = utf8Count
    }
  }

  private func copyBytes(to out: UnsafeMutableRawBufferPointer) {
    arena.withUnsafeBytes { arena in
      var end = 0
      for chunk in chunks {
        let from = Int(chunk.slot) * Self.chunkBytesMax
        let size = Int(chunk.size)
        guard size > 0 else { continue }
        UnsafeMutableRawBufferPointer(rebasing: out[end..<end + size])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: arena[from..<from + size]))
        end += size
      }
    }
  }
}

extension TextBuffer: Equatable {
  /// Whether two texts hold the same bytes.
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.utf8Count == right.utf8Count && left.utf8 == right.utf8
  }
}
