// SPDX-License-Identifier: MIT

/// One number for each version that a walk keeps: three that events are prepared in, and last the
/// text, in which everything walked so far has happened.
typealias Lanes = SIMD4<Int32>

extension Lanes {
  /// The lane of the text.
  static var text: Int { 3 }
  /// How many lanes events are prepared in.
  static var preparedCount: Int { 3 }

  /// One in `lane`, none in the others.
  @inline(__always) static func one(in lane: Int) -> Self {
    let here = Self(0, 1, 2, 3) .== Self(repeating: Int32(truncatingIfNeeded: lane))
    return Self.zero.replacing(with: 1, where: here)
  }
}

/// A run of units put in one behind the other, as the walker sees it.
struct Span: BitwiseCopyable, Sendable {
  /// The first unit.
  var id: Int32
  var length: Int32
  /// What stood left and right of the first unit when it was put in. Every further unit stood
  /// right of the one before it, and left of the same `right`.
  var left: Int32
  var right: Int32
  /// In each version: 0 not there yet, 1 there, n + 1 taken out n times.
  var states: Lanes

  /// Code points that count in each version.
  @inline(__always) var widths: Lanes {
    Lanes(repeating: length).replacing(with: 0, where: states .!= 1)
  }

  /// Ends it before its unit number `offset`; returns what was behind.
  @inline(__always) mutating func cut(at offset: Int32) -> Span {
    let tail = Span(
      id: id &+ offset, length: length &- offset, left: id &+ offset &- 1, right: right,
      states: states)
    length = offset
    return tail
  }

  /// Whether any event walked so far took it out.
  @inline(__always) var isGone: Bool { states.w > 1 }

  /// Code points that stand in the text.
  @inline(__always) var standingWidth: Int32 { isGone ? 0 : length }
}
