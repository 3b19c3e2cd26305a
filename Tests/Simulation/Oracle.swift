// SPDX-License-Identifier: MIT

import Merge
import Store

/// Merging as docs/merge.md defines it, worked out from the set of changes alone, as plainly as can
/// be: no heads, no order of arrival, no cuts. What stores hold must be what this says.
struct Oracle {
  /// An op, whatever it is called: the change, by its place in the tree, and the op's number.
  struct Op: Hashable {
    let change: Int
    let index: Int
  }

  /// What is merged of one entity.
  struct Entity {
    var live: Set<EntityState.Entry> = []
    var text: String?
    var modified: Int64 = .min
  }

  private let tree: ChangeTree
  private let held: [Int]
  /// For each change that is held, the changes that its author had seen, itself among them.
  private var past: [Int: Bits] = [:]
  /// What each goes by where all these are held.
  private(set) var names: [Int: ChangeName] = [:]
  /// Which change a branch begins with, by its name.
  private var branches: [WriterID: Int] = [:]
  private(set) var forkCount = 0
  private(set) var entities: [EntityID: Entity] = [:]

  /// What follows from all changes up to these tips.
  init(_ tree: ChangeTree, _ tips: [Int]) throws {
    self.tree = tree
    let all = tree.all(tips)
    // Whatever comes after something has a greater Lamport number.
    held = all.sorted {
      let (left, right) = (tree.changes[$0], tree.changes[$1])
      return left.change.lamport != right.change.lamport
        ? left.change.lamport < right.change.lamport : $0 < $1
    }
    nameBranches(all)
    for index in held { try lookBack(index, all) }
    try merge()
  }

  // MARK: - Names (section 5)

  /// Each history is cut where it branches; what follows a branching point goes by a name of its
  /// own, from which its changes count.
  private mutating func nameBranches(_ all: Set<Int>) {
    var following: [Int: [Int]] = [:]
    var first: [WriterID: [Int]] = [:]
    for index in held {
      if let previous = tree.changes[index].previous {
        following[previous, default: []].append(index)
      } else {
        first[tree.changes[index].writer, default: []].append(index)
      }
    }
    forkCount = (Array(following.values) + Array(first.values)).count { $0.count > 1 }
    // By number: what comes before has its name already.
    for index in held.sorted(by: { tree.changes[$0].number < tree.changes[$1].number }) {
      let known = tree.changes[index]
      let name = Self.branchName(known)
      branches[name] = index
      let siblings = known.previous.map { following[$0] } ?? first[known.writer]
      if siblings?.count ?? 0 > 1 {
        names[index] = ChangeName(writer: name, sequence: 1)
      } else if let before = known.previous.flatMap({ names[$0] }) {
        names[index] = ChangeName(writer: before.writer, sequence: before.sequence + 1)
      } else {
        names[index] = ChangeName(writer: known.writer, sequence: 1)
      }
    }
  }

  private static func branchName(_ known: ChangeTree.Known) -> WriterID {
    let bytes = Array("postil branch".utf8) + [0] + known.writer.raw.bytes + known.hash
    return WriterID(Bytes16(Chain.sha256(bytes)) ?? Bytes16(high: 0, low: 0))
  }

  /// Everything that the change's author had seen: what it says, and what follows from that.
  private mutating func lookBack(_ index: Int, _ all: Set<Int>) throws {
    let known = tree.changes[index]
    var seen = Bits()
    seen.insert(index)
    var lamport: UInt64 = 0
    var before = known.change.dependencies.map { tree.find(prefix: $0.hash) }
    if let previous = known.previous { before.append(previous) }
    for change in before {
      guard let change, all.contains(change), let past = past[change] else {
        throw Violation("causes come first", "\(known.number) of \(known.writer.label)")
      }
      seen.formUnion(past)
      lamport = max(lamport, tree.changes[change].change.lamport)
    }
    guard known.change.lamport == lamport + 1 else {
      throw Violation("Lamport numbers are exact", "\(known.number) of \(known.writer.label)")
    }
    past[index] = seen
  }

  /// Which op the change means by a dot.
  private func find(_ dot: Dot, in change: Int) throws -> Op {
    let author = tree.changes[change]
    let branch = branches[dot.writer]
    let root = branch.map { tree.changes[$0].writer } ?? dot.writer
    let number = (branch.map { tree.changes[$0].number - 1 } ?? 0) + dot.sequence
    let found = tree.siblings(root, number).filter { candidate in
      guard past[change]?.contains(candidate) == true else { return false }
      // Its own are on its own line; what is on a branch comes after its first.
      if root == author.writer { return tree.covers([change], candidate) }
      return branch.map { tree.covers([candidate], $0) } ?? true
    }
    guard found.count == 1 else {
      throw Violation("only what was seen", "\(dot.label) is \(found.count) changes")
    }
    return Op(change: found[0], index: Int(dot.index))
  }

  /// What an op goes by here.
  private func name(_ op: Op) throws -> Dot {
    guard let name = names[op.change] else { throw Violation("names", "\(op)") }
    return Dot(writer: name.writer, sequence: name.sequence, index: UInt32(op.index))
  }

  /// Where the op stands among others of a text.
  private func rank(_ op: Op) -> OracleText.Rank {
    let known = tree.changes[op.change]
    var line: [WriterID] = []
    if tree.siblings(known.writer, known.number).count > 1 {
      var place: Int? = op.change
      while let change = place {
        line.append(Self.branchName(tree.changes[change]))
        place = tree.changes[change].previous
      }
    }
    return OracleText.Rank(
      writer: known.writer, number: known.number, index: op.index, line: line.reversed())
  }

  // MARK: - Values (section 1)

  private struct Place: Hashable {
    let entity: EntityID
    let field: Field
  }

  private mutating func merge() throws {
    var put: [(place: Place, op: Op, entry: EntityState.Entry)] = []
    var gone: [Place: Set<Op>] = [:]
    var texts: [EntityID: OracleText] = [:]
    for index in held {
      let change = tree.changes[index].change
      for (number, operation) in change.operations.enumerated() {
        let id = operation.entity
        entities[id, default: Entity()].modified.raise(to: .min)
        guard case .assign(let field, let removes, let value) = operation.action else { continue }
        entities[id, default: Entity()].modified.raise(to: change.time)
        let place = Place(entity: id, field: field)
        let op = Op(change: index, index: number)
        let seen = try removes.map { try find($0, in: index) }
        gone[place, default: []].formUnion(seen)
        guard let value else { continue }
        var entry = EntityState.Entry(
          field: field, dot: try name(op), time: change.time, value: nil)
        switch value {
        case .edit(let patches):
          let parents = try seen.map { try name($0) }
          texts[id, default: OracleText()].add(
            TextOperation(dot: entry.dot, parents: parents, patches: patches), rank(op))
        case .dots(let dots):
          entry.value = .dots(try dots.map { try name(find($0, in: index)) }.sorted())
        default: entry.value = value
        }
        put.append((place, op, entry))
      }
    }
    // A field's live values are all that some op put in, and whose dot no op takes out.
    for (place, op, entry) in put where gone[place]?.contains(op) != true {
      entities[place.entity]?.live.insert(entry)
    }
    for (id, text) in texts { entities[id]?.text = text.string }
  }
}

/// A set of small numbers.
private struct Bits {
  private var words: [UInt64] = []

  mutating func insert(_ number: Int) {
    while words.count <= number / 64 { words.append(0) }
    words[number / 64] |= 1 << UInt64(number % 64)
  }

  func contains(_ number: Int) -> Bool {
    number / 64 < words.count && words[number / 64] & 1 << UInt64(number % 64) != 0
  }

  mutating func formUnion(_ other: Bits) {
    while words.count < other.words.count { words.append(0) }
    for (place, word) in other.words.enumerated() { words[place] |= word }
  }
}

extension Int64 {
  fileprivate mutating func raise(to other: Int64) { self = Swift.max(self, other) }
}

extension Oracle.Entity {
  /// Deletions hide it: together they had seen every other live value.
  var isDeleted: Bool {
    var seen: Set<Dot> = []
    let deletions = live.filter { $0.field == .deletion }
    for deletion in deletions {
      if case .dots(let dots)? = deletion.value { seen.formUnion(dots) }
    }
    return !deletions.isEmpty
      && live.allSatisfy { $0.field == .deletion || seen.contains($0.dot) }
  }

  /// Whether it is there by itself.
  var isAlive: Bool { live.contains { $0.field != .deletion } && !isDeleted }

  /// The value shown: the later claim, and of equal ones the greater dot.
  func shown(_ field: Field) -> EntityState.Entry? {
    let values = live.filter { $0.field == field }
    return values.first { one in
      values.allSatisfy { other in
        other == one || other.time < one.time || other.time == one.time && other.dot < one.dot
      }
    }
  }

  /// What it hangs on, by number of the target record's member: 1 its article, 2 its parent.
  var holder: EntityID? {
    let target = shown(.target)?.value
    guard let article = target?[1]?.entity else { return nil }
    return target?[2]?.entity ?? article
  }

  /// What is wrong with `state`; nil when it says the same.
  func difference(from state: EntityState) -> String? {
    let entries = state.entries.map { entry in
      guard case .dots(let dots)? = entry.value else { return entry }
      var entry = entry
      entry.value = .dots(dots.sorted())
      return entry
    }
    if Set(entries) != live || entries.count != live.count {
      let (more, less) = (Set(entries).subtracting(live), live.subtracting(entries))
      return "it holds \(more), and not \(less)"
    }
    // Swift's strings are equal when they look equal; these must be the same.
    let (own, other) = (text.map { Array($0.utf8) }, state.text.map { Array($0.utf8) })
    if own != other { return "its text is \(state.text ?? "-") and not \(text ?? "-")" }
    if state.modified != modified { return "it was modified at \(state.modified)" }
    if state.isDeleted != isDeleted { return "deleted: \(state.isDeleted)" }
    for field in Set(live.map(\.field)) where field.semantics == .register {
      guard let shown = state.winner(of: field), shown.dot == self.shown(field)?.dot else {
        return "another \(field.label) is shown"
      }
    }
    return nil
  }
}
