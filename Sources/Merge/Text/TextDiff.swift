// SPDX-License-Identifier: MIT

/// Turns a whole text that was saved into the edits that a person might have made.
///
/// Lines are compared first, then words in the lines that changed. A word is replaced whole unless
/// only one stretch of it was added or taken out: two people who change one word must not see
/// their letters mixed. Between two replacements, a blank or a word like "of" that happens to be
/// in both doesn't part them.
public enum TextDiff {
  /// Texts with more bytes than this between their common start and end become one replacement.
  static let bytesMax = 4 << 20
  /// The longest common word, in bytes, that doesn't part two replacements.
  static let accidentalMax = 3

  /// The edits that make `old` into `new`, in the order of the text, each counted in the text that
  /// the one before left. Empty when both hold the same bytes.
  public static func patches(from old: String, to new: String) -> [TextPatch] {
    patches(from: Array(old.utf8), to: Array(new.utf8))
  }

  static func patches(from old: [UInt8], to new: [UInt8]) -> [TextPatch] {
    let frame = changed(old, new)
    if frame.old.isEmpty && frame.new.isEmpty { return [] }
    var hunks = [frame]
    if frame.isReplacement, max(frame.old.count, frame.new.count) <= bytesMax {
      hunks = lineHunks(old, new, frame).flatMap { wordHunks(old, new, $0) }
    }
    var out = PatchBuilder()
    var at = 0
    for hunk in slid(hunks, old, new) {
      out.keep(count(old[at..<hunk.old.lowerBound]))
      out.delete(count(old[hunk.old]))
      out.insert(String(decoding: new[hunk.new], as: UTF8.self))
      at = hunk.old.upperBound
    }
    return out.patches
  }

  /// The bytes between the common start and the common end, both cut before a blank or a line feed
  /// so that no word and no character is divided.
  private static func changed(_ old: [UInt8], _ new: [UInt8]) -> MyersDiff.Hunk {
    let most = min(old.count, new.count)
    var start = 0
    while start < most, old[start] == new[start] { start += 1 }
    if start == old.count && start == new.count {
      return MyersDiff.Hunk(old: start..<start, new: start..<start)
    }
    while start > 0, !(start < most && isCut(old, start) && isCut(new, start)) { start -= 1 }
    var end = 0
    while end < most - start, old[old.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
    while end > 0, !(isCut(old, old.count - end) && isCut(new, new.count - end)) { end -= 1 }
    return MyersDiff.Hunk(old: start..<old.count - end, new: start..<new.count - end)
  }

  private static func isCut(_ bytes: [UInt8], _ at: Int) -> Bool {
    guard bytes[at] == 0x20 || bytes[at] == 0x0A else { return false }
    return at == 0 || bytes[at - 1] != 0x0D
  }

  private static func lineHunks(
    _ old: [UInt8], _ new: [UInt8], _ frame: MyersDiff.Hunk
  ) -> [MyersDiff.Hunk] {
    var names = TextTokens.Names()
    let one = TextTokens.lines(old[frame.old], names: &names)
    let two = TextTokens.lines(new[frame.new], names: &names)
    return MyersDiff.hunks(one.ids, two.ids).map { bytes($0, one, two) }
  }

  private static func wordHunks(
    _ old: [UInt8], _ new: [UInt8], _ frame: MyersDiff.Hunk
  ) -> [MyersDiff.Hunk] {
    guard frame.isReplacement else { return [frame] }
    var names = TextTokens.Names()
    let one = TextTokens.words(old[frame.old], names: &names)
    let two = TextTokens.words(new[frame.new], names: &names)
    let hunks = joined(MyersDiff.hunks(one.ids, two.ids), one, old)
    return hunks.map { hunk in
      let isWord = hunk.old.count == 1 && hunk.new.count == 1 && one.words[hunk.old.lowerBound]
      let range = bytes(hunk, one, two)
      return isWord ? insideWord(old, new, range) : range
    }
  }

  private static func bytes(
    _ hunk: MyersDiff.Hunk, _ one: TextTokens, _ two: TextTokens
  ) -> MyersDiff.Hunk {
    MyersDiff.Hunk(
      old: one.bounds[hunk.old.lowerBound]..<one.bounds[hunk.old.upperBound],
      new: two.bounds[hunk.new.lowerBound]..<two.bounds[hunk.new.upperBound])
  }

  /// Joins replacements between which hardly anything stayed.
  private static func joined(
    _ hunks: [MyersDiff.Hunk], _ one: TextTokens, _ old: [UInt8]
  ) -> [MyersDiff.Hunk] {
    var out: [MyersDiff.Hunk] = []
    for hunk in hunks {
      if let last = out.last, last.isReplacement, hunk.isReplacement,
        isAccidental(last.old.upperBound..<hunk.old.lowerBound, one, old)
      {
        out[out.count - 1] = MyersDiff.Hunk(
          old: last.old.lowerBound..<hunk.old.upperBound,
          new: last.new.lowerBound..<hunk.new.upperBound)
      } else {
        out.append(hunk)
      }
    }
    return out
  }

  private static func isAccidental(
    _ kept: Range<Int>, _ tokens: TextTokens, _ old: [UInt8]
  ) -> Bool {
    guard kept.count <= 3 else { return false }
    return kept.allSatisfy { token in
      let bytes = old[tokens.bounds[token]..<tokens.bounds[token + 1]]
      return bytes.count <= accidentalMax && !bytes.contains(0x0A)
    }
  }

  /// What changed of one word: a stretch of it, if nothing was replaced and most of it stays; else
  /// all of it.
  private static func insideWord(
    _ old: [UInt8], _ new: [UInt8], _ word: MyersDiff.Hunk
  ) -> MyersDiff.Hunk {
    let one = Array(String(decoding: old[word.old], as: UTF8.self))
    let two = Array(String(decoding: new[word.new], as: UTF8.self))
    func same(_ left: Character, _ right: Character) -> Bool {
      left.utf8.elementsEqual(right.utf8)
    }
    let most = min(one.count, two.count)
    var start = 0
    while start < most, same(one[start], two[start]) { start += 1 }
    var end = 0
    while end < most - start, same(one[one.count - 1 - end], two[two.count - 1 - end]) { end += 1 }
    guard start + end == most, 2 * most >= max(one.count, two.count) else { return word }
    let before = one[..<start].reduce(0) { $0 + $1.utf8.count }
    let after = one[(one.count - end)...].reduce(0) { $0 + $1.utf8.count }
    return MyersDiff.Hunk(
      old: word.old.lowerBound + before..<word.old.upperBound - after,
      new: word.new.lowerBound + before..<word.new.upperBound - after)
  }

  /// Slides additions and removals to where a line starts, or else a word, if the text allows it:
  /// what somebody else adds to the end of the line or word before then stays with that one.
  private static func slid(
    _ hunks: [MyersDiff.Hunk], _ old: [UInt8], _ new: [UInt8]
  ) -> [MyersDiff.Hunk] {
    var out = hunks
    for index in out.indices where !out[index].isReplacement {
      let hunk = out[index]
      let next = index + 1 < out.count ? out[index + 1].old.lowerBound : old.count
      let room = next - hunk.old.upperBound
      let steps =
        hunk.old.isEmpty
        ? slide(new, hunk.new, most: room) : slide(old, hunk.old, most: room)
      out[index] = MyersDiff.Hunk(
        old: hunk.old.lowerBound + steps..<hunk.old.upperBound + steps,
        new: hunk.new.lowerBound + steps..<hunk.new.upperBound + steps)
    }
    return out
  }

  /// How many bytes `range` is best moved to the right, so that the text without it stays the same.
  private static func slide(_ bytes: [UInt8], _ range: Range<Int>, most: Int) -> Int {
    var best = (steps: 0, score: score(bytes, range.lowerBound))
    var steps = 0
    while steps < min(most, range.count),
      bytes[range.lowerBound + steps] == bytes[range.upperBound + steps]
    {
      steps += 1
      let next = score(bytes, range.lowerBound + steps)
      if next > best.score { best = (steps, next) }
    }
    return best.steps
  }

  private static func score(_ bytes: [UInt8], _ at: Int) -> Int {
    guard at > 0 else { return 3 }
    return bytes[at - 1] == 0x0A ? 2 : bytes[at - 1] == 0x20 ? 1 : 0
  }

  private static func count(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBytes { UTF8Scan.count($0) }
  }
}
