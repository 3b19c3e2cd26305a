// SPDX-License-Identifier: MIT

/// A growing array of plain values, with one owner.
///
/// For the insides of a replay, which reads and writes single elements all the time: an `Array`
/// would ask at each write whether somebody else holds it too. Every access is checked against
/// `count`; only `pointer` isn't, and who uses it states its bounds.
struct RawArray<Element: BitwiseCopyable>: ~Copyable {
  // Invariant: `pointer` has room for `room` elements, of which the first `count` are set, and
  // `count <= room`. Plain values need no clean-up.
  private(set) var pointer: UnsafeMutablePointer<Element>
  private var room: Int
  private(set) var count = 0

  /// An empty array with room for so many elements.
  init(room: Int = 16) {
    self.room = max(1, room)
    pointer = .allocate(capacity: self.room)
  }

  deinit { pointer.deallocate() }

  @inline(__always) subscript(index: Int) -> Element {
    get {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return pointer[index]
    }
    _modify {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      yield &pointer[index]
    }
  }

  /// The same where the caller's own invariants bound `index`, never what was read: debug builds
  /// check it, release builds don't.
  @inline(__always) subscript(known index: Int) -> Element {
    get {
      assert(UInt(bitPattern: index) < UInt(bitPattern: count))
      return pointer[index]
    }
    nonmutating _modify {
      assert(UInt(bitPattern: index) < UInt(bitPattern: count))
      yield &pointer[index]
    }
  }

  @inline(__always) subscript(known index: Int32) -> Element {
    get { self[known: Int(index)] }
    nonmutating _modify { yield &self[known: Int(index)] }
  }

  @inline(__always) subscript(index: Int32) -> Element {
    get { self[Int(index)] }
    _modify { yield &self[Int(index)] }
  }

  @inline(__always) mutating func append(_ element: Element) {
    if count == room { grow(to: count + 1) }
    pointer[count] = element
    count += 1
  }

  /// Makes room for so many elements in all.
  mutating func reserve(_ least: Int) {
    if least > room { grow(to: least) }
  }

  /// Adds so many times the same element.
  mutating func append(repeating element: Element, count more: Int) {
    precondition(more >= 0)
    if more > room - count { grow(to: count + more) }
    (pointer + count).update(repeating: element, count: more)
    count += more
  }

  /// Adds `elements`, which must not be the array's own.
  @inline(__always) mutating func append(_ elements: UnsafeBufferPointer<Element>) {
    guard let source = elements.baseAddress else { return }
    if elements.count > room - count { grow(to: count + elements.count) }
    if elements.count <= 4 {
      // Quicker than a call.
      for place in 0..<elements.count { pointer[count + place] = source[place] }
    } else {
      (pointer + count).update(from: source, count: elements.count)
    }
    count += elements.count
  }

  /// Adds the elements that `body` puts at the place it is given, where there is room for `most`;
  /// it returns how many they are.
  @inline(__always)
  mutating func append(atMost most: Int, _ body: (UnsafeMutablePointer<Element>) -> Int) {
    if most > room - count { grow(to: count + most) }
    let more = body(pointer + count)
    precondition(more >= 0 && more <= most)
    count += more
  }

  @inline(__always) mutating func popLast() -> Element? {
    guard count > 0 else { return nil }
    count -= 1
    return pointer[count]
  }

  /// Takes away so many elements from the end.
  @inline(__always) mutating func removeLast(_ fewer: Int) {
    precondition(UInt(bitPattern: fewer) <= UInt(bitPattern: count))
    count -= fewer
  }

  /// The elements, as long as none is added and the array lives.
  @inline(__always) var buffer: UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(start: pointer, count: count)
  }

  /// Forgets all elements and keeps the memory.
  @inline(__always) mutating func removeAll() { count = 0 }

  @inline(never) private mutating func grow(to least: Int) {
    room = max(least, 2 * room)
    let more = UnsafeMutablePointer<Element>.allocate(capacity: room)
    more.moveInitialize(from: pointer, count: count)
    pointer.deallocate()
    pointer = more
  }
}
