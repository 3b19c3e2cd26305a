// SPDX-License-Identifier: MIT

import Merge
import Store

/// Every change that was ever held by an honest store, known by its chain hash: what the world
/// knows, whatever the stores believe. A writer's changes form a tree, since a store that was set
/// back may write its history twice.
struct ChangeTree {
  struct Known {
    /// The chain hash, worked out here.
    let hash: [UInt8]
    /// The change that it follows; nil for the first.
    let previous: Int?
    /// The root's name, and the number in the root's history.
    let writer: WriterID
    let number: UInt64
    let body: [UInt8]
    /// The change as its author wrote it.
    let change: Change
    /// Nobody honest wrote it.
    let isForged: Bool
  }

  private struct Place: Hashable {
    let writer: WriterID
    let number: UInt64
  }

  private(set) var changes: [Known] = []
  private var places: [Place: [Int]] = [:]
  private var prefixes: [UInt64: Int] = [:]

  /// The change with this number and the beginning of this hash.
  func find(_ writer: WriterID, _ number: UInt64, _ prefix: some Sequence<UInt8>) -> Int? {
    places[Place(writer: writer, number: number)]?.first { changes[$0].hash.starts(with: prefix) }
  }

  /// The change whose hash begins so, whoever wrote it.
  func find(prefix: UInt64) -> Int? { prefixes[prefix] }

  /// All changes of this writer with this number.
  func siblings(_ writer: WriterID, _ number: UInt64) -> [Int] {
    places[Place(writer: writer, number: number)] ?? []
  }

  /// Takes in a change as a store hands it out; answers which it is, and whether it is new.
  mutating func add(_ encoded: EncodedChange, isForged: Bool) throws -> (Int, isNew: Bool) {
    var previous: Int?
    if encoded.sequence > 1 {
      guard let follows = encoded.follows,
        let found = find(encoded.writer, encoded.sequence - 1, follows)
      else {
        throw Violation(
          "known changes", "change \(encoded.sequence) of \(encoded.writer.label) follows nothing")
      }
      previous = found
    }
    let hash = Self.hash(encoded, after: previous.map { changes[$0].hash })
    if let known = find(encoded.writer, encoded.sequence, hash) { return (known, false) }
    let change = try ChangeCodec.decode(
      encoded.body, writer: encoded.writer, sequence: encoded.sequence)
    let index = changes.count
    changes.append(
      Known(
        hash: hash, previous: previous, writer: encoded.writer, number: encoded.sequence,
        body: encoded.body, change: change, isForged: isForged))
    places[Place(writer: encoded.writer, number: encoded.sequence), default: []].append(index)
    prefixes[Chain.prefix(hash)] = index
    return (index, true)
  }

  /// docs/format.md: SHA-256 of the previous hash, the writer, the number (big-endian), the body.
  private static func hash(_ encoded: EncodedChange, after previous: [UInt8]?) -> [UInt8] {
    var bytes = previous ?? [UInt8](repeating: 0, count: 32)
    bytes += encoded.writer.raw.bytes
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: encoded.sequence >> UInt64(56 - 8 * $0)) }
    return Chain.sha256(bytes + encoded.body)
  }

  /// Whether the history up to `change` is a part of what ends with `tips`.
  func covers(_ tips: [Int], _ change: Int) -> Bool {
    let wanted = changes[change]
    return tips.contains { tip in
      guard changes[tip].writer == wanted.writer else { return false }
      var place: Int? = tip
      while let at = place, changes[at].number > wanted.number { place = changes[at].previous }
      return place == change
    }
  }

  /// How many changes there are up to these tips.
  func count(_ tips: [Int]) -> UInt64 {
    let writers = Dictionary(grouping: tips) { changes[$0].writer }
    return writers.values.reduce(0) { sum, tips in
      sum + (tips.count == 1 ? changes[tips[0]].number : UInt64(all(tips).count))
    }
  }

  /// All changes up to these tips.
  func all(_ tips: [Int]) -> Set<Int> {
    var all: Set<Int> = []
    for tip in tips {
      var place: Int? = tip
      while let at = place, all.insert(at).inserted { place = changes[at].previous }
    }
    return all
  }

  /// The ends of what several stores hold together.
  func union(_ tips: [[Int]]) -> [Int] {
    let all = Array(Set(tips.joined()))
    let inner = Set(all.filter { one in covers(all.filter { $0 != one }, one) })
    return all.filter { !inner.contains($0) }.sorted()
  }
}

extension WriterID {
  /// Enough of it to tell it apart.
  var label: String { String(raw.uuidText.prefix(8)) }
}

extension Change {
  /// What it says, for people.
  var sketch: String {
    let written = dependencies.map { "\($0.writer.label):\($0.count)" }
    let steps = operations.map { operation -> String in
      guard case .assign(let field, let removes, let value) = operation.action else { return "?" }
      let gone = removes.map(\.label).joined(separator: " ")
      let new = value.map { " + \($0.sketch)" } ?? ""
      return "\(operation.entity.raw.uuidText.suffix(4)).\(field.label) - [\(gone)]\(new)"
    }
    return "on \(written) \(steps.joined(separator: "; "))"
  }
}

extension Dot {
  /// Enough of it to tell it apart.
  var label: String { "\(writer.label):\(sequence):\(index)" }
}

extension Value {
  fileprivate var sketch: String {
    switch self {
    case .dots(let dots): "\(dots.map(\.label))"
    case .edit(let patches):
      patches.map { "\($0.position)-\($0.deleted)+\($0.inserted.debugDescription)" }
        .joined(separator: ",")
    default: "\(self)"
    }
  }
}
