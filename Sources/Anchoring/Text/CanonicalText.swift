// SPDX-License-Identifier: MIT

/// A text in the form in which it is stored, hashed, and measured by annotations.
///
/// UTF-8, NFC (UAX #15), LF as the only line end, no byte order mark, no NUL; paragraphs
/// ("blocks") are separated by blank lines. Making it from its own bytes changes nothing, so two
/// machines that read the same file hold the same bytes. Beyond that nothing is touched: white
/// space, boilerplate and control characters stay as they were, since offsets count them.
///
/// **Offsets count code points** (Unicode scalar values), as in the W3C's TextPositionSelector.
/// UTF-8 and UTF-16 offsets are converted at the borders, in O(log n), see `utf8Range(of:)`.
public struct CanonicalText: Sendable, Hashable {
  /// The largest text that is taken, in bytes of UTF-8, before and after canonicalisation: 16 MiB.
  public static let maximumBytes = 16 << 20

  /// The text's bytes; what is hashed to name the revision.
  public let utf8: [UInt8]
  /// How many code points the text has.
  public let scalarCount: Int
  /// Where every `checkpointStride`th code point starts.
  let checkpoints: [Checkpoint]

  /// One code point's place in both encodings.
  struct Checkpoint: Sendable, Hashable {
    var utf8: Int32
    var utf16: Int32
  }
  /// Code points from one checkpoint to the next.
  static let checkpointStride = 256

  /// Reads a text from a file's bytes.
  ///
  /// Throws `textTooLarge`, `textNotUTF8` and `textHasNUL` with the byte's offset, `textBlank` for
  /// a text without anything visible, `tooManyMarks` for a stack of combining marks that no
  /// writing has.
  public init(utf8 bytes: [UInt8]) throws(AnchoringError) {
    try self.init(utf8: bytes, limit: Self.maximumBytes)
  }

  /// Reads a text of at most `limit` bytes; tests make that small.
  init(utf8 bytes: [UInt8], limit: Int) throws(AnchoringError) {
    try Self.checkSize(bytes.count, limit: limit)
    var scalars = try UTF8Coding.decode(bytes)
    let marks = scalars.prefix { $0 == Self.byteOrderMark }.count
    if marks > 0 { scalars.removeFirst(marks) }
    scalars = try Canonicalizer.canonical(scalars)
    var classes = ScalarClasses()
    let isBlank = scalars.allSatisfy { $0 < 0x20 || classes.of($0).isInvisible }
    guard !isBlank else { throw .textBlank }
    self.init(canonical: scalars)
    try Self.checkSize(utf8.count, limit: limit)
  }

  /// Reads a text from a string, under the same rules.
  public init(_ string: String) throws(AnchoringError) {
    try self.init(utf8: Array(string.utf8))
  }

  private static let byteOrderMark: UInt32 = 0xFEFF

  private static func checkSize(_ bytes: Int, limit: Int) throws(AnchoringError) {
    if bytes > limit { throw .textTooLarge(bytes: bytes, limit: limit) }
  }

  private init(canonical scalars: [UInt32]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(scalars.count + scalars.count / 8)
    var checkpoints: [Checkpoint] = []
    checkpoints.reserveCapacity(scalars.count / Self.checkpointStride + 1)
    var beyondBMP = 0
    for index in scalars.indices {
      if index % Self.checkpointStride == 0 {
        checkpoints.append(
          Checkpoint(
            utf8: Int32(truncatingIfNeeded: bytes.count),
            utf16: Int32(truncatingIfNeeded: index + beyondBMP)))
      }
      UTF8Coding.append(scalars[index], to: &bytes)
      if scalars[index] > 0xFFFF { beyondBMP += 1 }
    }
    self.utf8 = bytes
    self.scalarCount = scalars.count
    self.checkpoints = checkpoints
  }

  /// The whole text. Made anew on each call.
  public var string: String { String(decoding: utf8, as: UTF8.self) }

  /// All code points, decoded anew on each call. What searching works on.
  public var scalars: [UInt32] { decodedScalars(inUTF8: 0..<utf8.count) }

  /// The text of a code-point range.
  ///
  /// Throws `rangeOutOfBounds`.
  public func slice(_ range: Range<Int>) throws(AnchoringError) -> String {
    let bytes = try utf8Range(of: range)
    return String(decoding: utf8[bytes], as: UTF8.self)
  }

  /// The code points of bytes that are known to be well formed and to start and end between
  /// code points.
  func decodedScalars(inUTF8 range: Range<Int>) -> [UInt32] {
    var out: [UInt32] = []
    out.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let lead = utf8[index]
      let length = UTF8Coding.sequenceLength(lead)
      assert(length > 0, "canonical text holds only well-formed UTF-8")
      if length == 1 {
        out.append(UInt32(lead))
      } else {
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for step in 1..<length { value = value << 6 | UInt32(utf8[index + step] & 0x3F) }
        out.append(value)
      }
      index += max(length, 1)
    }
    return out
  }

  /// By bytes: the rest follows from them.
  public static func == (left: Self, right: Self) -> Bool { left.utf8 == right.utf8 }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(utf8) }
}
