// SPDX-License-Identifier: MIT

import Merge

/// A note's text from all its edits: a Fugue tree with FugueMax's order (Weidner and Kleppmann,
/// "The Art of the Fugue", 2023), a node a letter, everything walked over each time.
struct OracleText {
  private struct Letter {
    var scalar: Unicode.Scalar = "^"
    /// The op that put it in, and its place there; those that took it out.
    var op = -1
    var rank: Rank?
    var offset = 0
    var deletedBy: [Int] = []
    /// What stood right of it when it was put in; nil at the end.
    var rightOrigin: Int?
    var left: [Int] = []
    var right: [Int] = []
  }

  /// In which order edits stand that were made apart: by whose history, which of its changes, and
  /// which op of it; of two changes of one number, by where their lines part.
  struct Rank: Comparable {
    var writer: WriterID
    var number: UInt64
    var index: Int
    /// What a branch would be called that began with each change on the way there.
    var line: [WriterID]
    /// What an edit does that stands on nothing, in numbers; such come first, by these.
    var beginning: [[Int]]?

    static func < (left: Rank, right: Rank) -> Bool {
      if left.beginning != right.beginning {
        guard let one = left.beginning else { return false }
        guard let two = right.beginning else { return true }
        return one.lexicographicallyPrecedes(two) { $0.lexicographicallyPrecedes($1) }
      }
      if left.writer != right.writer { return left.writer < right.writer }
      if left.number != right.number { return left.number < right.number }
      if left.index != right.index { return left.index < right.index }
      return left.line.lexicographicallyPrecedes(right.line)
    }
  }

  private var operations: [TextOperation] = []
  private var ranks: [Dot: Rank] = [:]

  /// Takes in an edit; those that it stands on come first.
  mutating func add(_ operation: TextOperation, _ rank: Rank) {
    operations.append(operation)
    var rank = rank
    if operation.parents.isEmpty {
      rank.beginning = operation.patches.map { patch in
        [patch.position, patch.deleted] + patch.inserted.utf8.map(Int.init)
      }
    }
    ranks[operation.dot] = rank
  }

  /// The text that all edits make.
  var string: String {
    var letters = [Letter()]
    var order = [0]
    /// For each op, by its dot, the ops it stands on and itself.
    var closures: [Dot: Set<Int>] = [:]
    var begun: [[TextPatch]: Dot] = [:]
    for operation in operations where operation.parents.isEmpty {
      if let first = begun[operation.patches].flatMap({ ranks[$0] }),
        let rank = ranks[operation.dot],
        first < rank
      {
        continue
      }
      begun[operation.patches] = operation.dot
    }
    var done: Set<Dot> = []
    for (number, operation) in operations.enumerated() {
      // Of the same beginnings, the one that ranks first stands for all, wherever it comes.
      let isRoot = operation.parents.isEmpty
      let dot = isRoot ? begun[operation.patches] ?? operation.dot : operation.dot
      guard done.insert(dot).inserted else {
        closures[operation.dot] = closures[dot]
        continue
      }
      var known: Set<Int> = [number]
      for parent in operation.parents { known.formUnion(closures[parent] ?? []) }
      closures[operation.dot] = known
      closures[dot] = known
      Self.apply(operation, number, ranks[dot], known, &letters, &order)
    }
    var text = String.UnicodeScalarView()
    for place in order.dropFirst() where letters[place].deletedBy.isEmpty {
      text.append(letters[place].scalar)
    }
    return String(text)
  }

  private static func apply(
    _ operation: TextOperation, _ number: Int, _ rank: Rank?, _ known: Set<Int>,
    _ letters: inout [Letter], _ order: inout [Int]
  ) {
    var offset = 0
    func standing() -> [Int] {
      order.dropFirst().filter { place in
        known.contains(letters[place].op)
          && !letters[place].deletedBy.contains { known.contains($0) }
      }
    }
    for patch in operation.patches {
      let there = standing()
      for place in there.dropFirst(patch.position).prefix(patch.deleted) {
        letters[place].deletedBy.append(number)
        offset += 1
      }
      for (step, scalar) in patch.inserted.unicodeScalars.enumerated() {
        let position = patch.position + step
        let before = standing()
        let left = position == 0 || position > before.count ? 0 : before[position - 1]
        // Also what was taken out stands in the way.
        let seen = order.filter { $0 == 0 || known.contains(letters[$0].op) }
        let next = (seen.firstIndex(of: left) ?? 0) + 1
        let right = next < seen.count ? seen[next] : nil
        letters.append(
          Letter(
            scalar: scalar, op: number, rank: rank, offset: offset, rightOrigin: right))
        offset += 1
        insert(letters.count - 1, left, right, known, &letters, order)
        order = []
        walk(0, letters, &order)
      }
    }
  }

  private static func insert(
    _ new: Int, _ left: Int, _ right: Int?, _ known: Set<Int>, _ letters: inout [Letter],
    _ order: [Int]
  ) {
    func isEarlier(_ one: Int, _ two: Int) -> Bool {
      let (first, second) = (letters[one], letters[two])
      guard let a = first.rank, let b = second.rank else { return one < two }
      return a != b ? a < b : first.offset < second.offset
    }
    if let right, letters[left].right.contains(where: { known.contains(letters[$0].op) }) {
      let siblings = (letters[right].left + [new]).sorted(by: isEarlier)
      letters[right].left = siblings
      return
    }
    // Of right siblings, the one whose right origin is further right comes first.
    let places = Dictionary(
      order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    func end(_ letter: Int) -> Int {
      letters[letter].rightOrigin.flatMap { places[$0] } ?? Int.max
    }
    let siblings = (letters[left].right + [new]).sorted { one, two in
      end(one) != end(two) ? end(one) > end(two) : isEarlier(one, two)
    }
    letters[left].right = siblings
  }

  private static func walk(_ root: Int, _ letters: [Letter], _ order: inout [Int]) {
    for child in letters[root].left { walk(child, letters, &order) }
    order.append(root)
    for child in letters[root].right { walk(child, letters, &order) }
  }
}
