// SPDX-License-Identifier: MIT

/// NFC or NFKC (UAX #15) of code points, segment by segment.
///
/// A segment is a code point with all that may compose with it; nothing composes across its ends,
/// so each is decomposed, sorted and composed by itself, in O(n log n).
struct Normalizer {
  /// The decomposition that is composed again.
  enum Form {
    /// NFC.
    case canonical
    /// NFKC.
    case compatibility
  }

  /// The most decompositions that are kept.
  private static let knownMax = 1 << 16

  private let form: Form
  private var classes = ScalarClasses()
  private var decompositions: [UInt32: [UInt32]] = [:]

  init(_ form: Form) { self.form = form }

  /// One code point while it is being sorted.
  private struct Item {
    var value: UInt32
    var combiningClass: UInt8
  }

  /// The normalisation form of `scalars`.
  mutating func normalized(_ scalars: [UInt32]) -> [UInt32] {
    var out: [UInt32] = []
    out.reserveCapacity(scalars.count)
    var items: [Item] = []
    var index = 0
    while index < scalars.count {
      var end = index + 1
      while end < scalars.count, joinsBackward(scalars[end]) { end += 1 }
      if end == index + 1, isSettled(scalars[index]) {
        out.append(scalars[index])
      } else {
        items.removeAll(keepingCapacity: true)
        for value in scalars[index..<end] { decompose(value, into: &items) }
        sort(&items)
        compose(items, into: &out)
      }
      index = end
    }
    return out
  }

  private mutating func joinsBackward(_ value: UInt32) -> Bool {
    !Canonicalizer.isSurelyComposed(value) && classes.of(value).contains(.continues)
  }

  /// True for a code point that is known to be its own form.
  private func isSettled(_ value: UInt32) -> Bool {
    value < 0x80 || form == .canonical && Canonicalizer.isSurelyComposed(value)
  }

  private mutating func decompose(_ value: UInt32, into items: inout [Item]) {
    if value < 0x80 {
      items.append(Item(value: value, combiningClass: 0))
      return
    }
    for part in decomposition(value) {
      items.append(Item(value: part, combiningClass: UnicodeMappings.combiningClass(part)))
    }
  }

  private mutating func decomposition(_ value: UInt32) -> [UInt32] {
    if let known = decompositions[value] { return known }
    let found =
      form == .canonical
      ? UnicodeMappings.decomposed(value) : UnicodeMappings.compatibilityDecomposed(value)
    if decompositions.count >= Self.knownMax { decompositions.removeAll() }
    decompositions[value] = found
    return found
  }

  /// Canonical ordering (Unicode, 3.11 D109): each run of marks by combining class, stably.
  private func sort(_ items: inout [Item]) {
    var start = 0
    while start < items.count {
      guard items[start].combiningClass > 0 else {
        start += 1
        continue
      }
      var end = start + 1
      var isSorted = true
      while end < items.count, items[end].combiningClass > 0 {
        if items[end].combiningClass < items[end - 1].combiningClass { isSorted = false }
        end += 1
      }
      if !isSorted {
        let run = items[start..<end].enumerated().sorted { left, right in
          (left.element.combiningClass, left.offset) < (right.element.combiningClass, right.offset)
        }
        items.replaceSubrange(start..<end, with: run.map { numbered in numbered.element })
      }
      start = end
    }
  }

  /// Canonical composition (Unicode, 3.11 D117).
  private mutating func compose(_ items: [Item], into out: inout [UInt32]) {
    var starter: Int?
    var lastClass: UInt8 = 0
    for item in items {
      if let place = starter {
        let isNext = out.count == place + 1
        let isBlocked = !isNext && lastClass >= item.combiningClass
        if !isBlocked, joinsBackward(item.value),
          let composite = Composites.all.composite(out[place], item.value)
        {
          out[place] = composite
          continue
        }
      }
      if item.combiningClass == 0 { starter = out.count }
      lastClass = item.combiningClass
      out.append(item.value)
    }
  }
}
