// SPDX-License-Identifier: MIT

/// Binary search in ascending arrays.
enum Search {
  /// The index of the greatest element that is at most `key`; -1 when all are greater.
  @inline(__always)
  static func floor(of key: Int32, in keys: ContiguousArray<Int32>) -> Int {
    floor(of: key, in: keys, from: 0, to: keys.count)
  }

  /// The same, quick when few elements are greater.
  @inline(__always)
  static func floor(of key: Int32, nearEndOf keys: ContiguousArray<Int32>) -> Int {
    floor(of: key, in: keys, near: keys.count)
  }

  /// The same, quick when the element is one of the last before `end`; from there on, all are
  /// greater.
  @inline(__always)
  static func floor(of key: Int32, in keys: ContiguousArray<Int32>, near end: Int) -> Int {
    keys.withUnsafeBufferPointer { floor(of: key, in: $0, near: end) }
  }

  /// The same, in other memory.
  @inline(__always)
  static func floor(of key: Int32, in keys: UnsafeBufferPointer<Int32>, near end: Int) -> Int {
    // What is looked at lies in 0 ..< end.
    precondition(end <= keys.count)
    var high = end
    let few = max(0, end &- 4)
    while high > few {
      high &-= 1
      if keys[high] <= key { return high }
    }
    var step = 4
    while high - step >= 0, keys[high - step] > key {
      high -= step
      step <<= 1
    }
    return floor(of: key, in: keys, from: max(0, high - step), to: high)
  }

  /// The same, when all before `from` are at most `key` and all from `to` on are greater.
  @inline(__always)
  static func floor(
    of key: Int32, in keys: ContiguousArray<Int32>, from: Int, to: Int
  ) -> Int {
    keys.withUnsafeBufferPointer { floor(of: key, in: $0, from: from, to: to) }
  }

  @inline(__always)
  private static func floor(
    of key: Int32, in keys: UnsafeBufferPointer<Int32>, from: Int, to: Int
  ) -> Int {
    // 0 <= from <= to <= keys.count, and what is looked at lies in from ..< to.
    var low = from
    var count = to - from
    guard count > 0 else { return from - 1 }
    // A choice of values rather than of branches, which no processor could predict.
    while count > 1 {
      let half = count >> 1
      low = keys[low + half] <= key ? low + half : low
      count -= half
    }
    return keys[low] <= key ? low : low - 1
  }
}
