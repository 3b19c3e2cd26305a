// SPDX-License-Identifier: MIT

/// A text reduced to what two copies of it share however they were typed and laid out.
///
/// NFKC_Casefold (Unicode, 3.13 D146 and R5), of which only letters, numbers and combining marks
/// are kept; white space, punctuation, symbols and invisible characters vanish. Marks stay, since
/// without its vowel signs Hindi is not Hindi; a mark goes only with what it stands on.
///
/// Each folded code point knows the code points of the original that it came from: what may
/// compose (a letter and its marks) is folded as one segment, and leads back to all of it.
///
/// An article without a URL is named by a hash of `utf8`, so this function is frozen: what it
/// gives for assigned characters may never change.
public struct FoldedText: Sendable {
  /// The folded code points.
  public private(set) var scalars: [UInt32] = []
  /// For each folded code point, where its segment starts in the original.
  private var starts: [Int32] = []
  /// For each folded code point, how many original code points its segment has.
  private var lengths: [UInt8] = []

  /// Folds a text.
  public init(_ text: CanonicalText) {
    self.init(canonical: text.scalars)
  }

  /// Folds code points that are in canonical form.
  init(canonical source: [UInt32]) {
    scalars.reserveCapacity(source.count)
    starts.reserveCapacity(source.count)
    lengths.reserveCapacity(source.count)
    var folder = SegmentFolder()
    var index = 0
    while index < source.count {
      let value = source[index]
      // Nothing below U+0300 joins what stands before it, save the soft hyphen U+00AD.
      if value < 0x80, index + 1 == source.count || source[index + 1] < 0x80 {
        appendASCII(value, at: index)
        index += 1
      } else {
        let end = folder.segmentEnd(source, from: index)
        append(folder.fold(source[index..<end]))
        index = end
      }
    }
  }

  /// True when the original has no letters and no digits.
  public var isEmpty: Bool { scalars.isEmpty }

  /// How many code points are left.
  public var count: Int { scalars.count }

  /// The folded text's bytes, for hashing.
  public var utf8: [UInt8] { UTF8Coding.encode(scalars) }

  /// The original code points of a range of folded ones: from the start of the first one's segment
  /// to the end of the last one's. `range` must be within `0..<count`; an empty one gives an empty
  /// range.
  public func originalRange(of range: Range<Int>) -> Range<Int> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside folded text")
    guard let last = range.last else {
      let place =
        range.lowerBound < count ? start(range.lowerBound) : count > 0 ? end(count - 1) : 0
      return place..<place
    }
    return start(range.lowerBound)..<end(last)
  }

  /// Where the original of folded code point `index` starts.
  func start(_ index: Int) -> Int { Int(starts[index]) }

  /// Where the original of folded code point `index` ends.
  func end(_ index: Int) -> Int { Int(starts[index]) + Int(lengths[index]) }

  /// True when folded code points `index - 1` and `index` come from one segment.
  func isInsideSegment(_ index: Int) -> Bool {
    index > 0 && index < count && starts[index] == starts[index - 1]
  }

  @inline(__always)
  private mutating func appendASCII(_ value: UInt32, at index: Int) {
    let lower = value | 0x20
    if lower &- 0x61 < 26 {
      scalars.append(lower)
    } else if value &- 0x30 < 10 {
      scalars.append(value)
    } else {
      return
    }
    starts.append(Int32(truncatingIfNeeded: index))
    lengths.append(1)
  }

  private mutating func append(_ segment: SegmentFolder.Segment) {
    for value in segment.folded {
      scalars.append(value)
      starts.append(Int32(truncatingIfNeeded: segment.start))
      lengths.append(UInt8(truncatingIfNeeded: segment.length))
    }
  }
}
