// SPDX-License-Identifier: MIT

extension CanonicalText {
  /// How long a suggested title may be, in code points.
  public static let titleMax = 200

  /// The first line that reads like a title, for a page of a news site saved as plain text.
  ///
  /// Passed over are lines that such pages put above the title: crumbs ("1. Home"), "Powered by",
  /// dates, bylines, "Also read" links, and short lines of navigation. A list number before the
  /// title is taken off. When nothing reads like a title, the first line that is no boilerplate
  /// is taken; failing that, the first line with anything in it. At most `titleMax` code points,
  /// cut between words with "…". Only the beginning of the text is looked at.
  public var suggestedTitle: String {
    var fallback: [UInt32]?
    var firstShort: [UInt32]?
    var lastShort: [UInt32]?
    for line in openingLines {
      let title = TitleGuess.withoutListMark(line)
      if fallback == nil { fallback = title.isEmpty ? line : title }
      let words = TitleGuess.words(title)
      if words.isEmpty || TitleGuess.isBoilerplate(words) { continue }
      guard TitleGuess.hasSubstance(words) else {
        firstShort = firstShort ?? title
        lastShort = title
        continue
      }
      // A whole paragraph: a short line above it is more likely to be its heading.
      if title.count > Self.titleMax, let lastShort { return TitleGuess.shortened(lastShort) }
      return TitleGuess.shortened(title)
    }
    return TitleGuess.shortened(firstShort ?? fallback ?? [])
  }

  /// The first lines that are not blank, trimmed.
  private var openingLines: [[UInt32]] {
    let linesMax = 60
    let bytesMax = 64 << 10
    var out: [[UInt32]] = []
    var line: [UInt32] = []
    var end = min(utf8.count, bytesMax)
    while end < utf8.count, utf8[end] & 0xC0 == 0x80 { end += 1 }
    for value in decodedScalars(inUTF8: 0..<end) + [0x0A] {
      guard value == 0x0A else {
        line.append(value)
        continue
      }
      let trimmed = Trimming.trimmed(line)
      if !trimmed.isEmpty { out.append(trimmed) }
      if out.count == linesMax { break }
      line.removeAll(keepingCapacity: true)
    }
    return out
  }
}

/// What `suggestedTitle` knows about lines above a title.
enum TitleGuess {
  /// The line without "3. ", "3) ", "• ", "- ", "# " before it.
  static func withoutListMark(_ line: [UInt32]) -> [UInt32] {
    let digits = line.prefix { (0x30...0x39).contains($0) }.count
    var index = digits
    if digits > 0 {
      guard digits <= 3, index < line.count, line[index] == 0x2E || line[index] == 0x29 else {
        return line
      }
      index += 1
    } else {
      let bullets: Set<UInt32> = [0x2A, 0x2D, 0x23, 0x3E, 0xB7, 0x2022, 0x2013, 0x203A, 0x25AA]
      while index < line.count, bullets.contains(line[index]) { index += 1 }
      if index == 0 { return line }
    }
    guard index < line.count, ScalarClass(line[index]).contains(.whiteSpace) else { return line }
    return Trimming.trimmed(Array(line[index...]))
  }

  /// The folded words of a line.
  static func words(_ line: [UInt32]) -> [String] {
    var out: [String] = []
    for piece in line.split(whereSeparator: { ScalarClass($0).contains(.whiteSpace) }) {
      let folded = FoldedText(canonical: Array(piece)).scalars
      if !folded.isEmpty { out.append(UTF8Coding.string(folded)) }
    }
    return out
  }

  /// Three words, or as many letters as three words have; a Han or Thai letter counts thrice.
  static func hasSubstance(_ words: [String]) -> Bool {
    var letters = 0
    for word in words {
      for scalar in word.unicodeScalars {
        let found = ScalarClass(scalar.value)
        if found.contains(.digit) || found.contains(.mark) { continue }
        letters += found.contains(.spaceless) ? 3 : 1
      }
    }
    return words.count >= 3 && letters >= 8 || letters >= 20
  }

  /// True for a line that says nothing about the article.
  ///
  /// `words` must not be empty.
  static func isBoilerplate(_ words: [String]) -> Bool {
    if openings.contains(where: { words.starts(with: $0) }) { return true }
    if words[0] == "by", (2...6).contains(words.count) {  // A byline; but "By the sea" is not.
      return !["the", "a", "an", "and"].contains(words[1])
    }
    return words.allSatisfy { chrome.contains($0) || isNumber($0) }
  }

  private static func isNumber(_ word: String) -> Bool {
    word.unicodeScalars.allSatisfy { ScalarClass($0.value).contains(.digit) }
  }

  /// How boilerplate lines start, folded.
  private static let openings: [[String]] = [
    "powered by", "sponsored by", "sponsored content", "presented by", "in partnership with",
    "also read", "read also", "alsoread", "read more", "further reading", "recommended for",
    "related articles", "you may also", "more from", "published by", "published on",
    "published at", "posted by", "posted on", "updated on", "last updated", "last modified",
    "follow us", "join us on", "subscribe to", "sign up", "sign in", "log in", "skip to",
    "share this", "share on", "click here", "this article is more than", "we use cookies",
    "this website uses cookies", "please enable", "enable javascript", "please enter",
    "download the app", "download our app", "all rights reserved", "photo by",
    "image credit", "image source", "file photo",
  ].map { (opening: String) -> [String] in
    opening.split(separator: " ").map { (word: Substring) -> String in String(word) }
  }

  /// Words of which whole lines of navigation and dates are made, folded.
  private static let chrome: Set<String> = Set(
    """
    home world news latest breaking live top stories story politics business sport sports opinion \
    opinions analysis culture tech technology science health lifestyle life style entertainment \
    travel education video videos photos gallery podcast podcasts weather markets money economy \
    us uk india asia africa europe americas middle east national international local regional \
    menu search login logout register subscribe subscription account my newsletter newsletters \
    edition english more about contact privacy policy terms cookies cookie advertisement \
    advertise ad ads sponsored powered by presented share shares save print email e-mail facebook \
    twitter x whatsapp telegram linkedin reddit copy link comment comments all next previous back \
    updated published posted last modified date time on at am pm ist gmt utc est edt pst pdt cet \
    bst min mins minute minutes hour hours day days ago read reading today yesterday and or of the \
    for in to a an article articles page section category tag tags topic topics trending popular \
    most featured editors picks skip main content close open follow watch listen play \
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun \
    january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec
    """.split(separator: " ").map { (word: Substring) -> String in String(word) })

  /// At most `titleMax` code points, cut at white space, or between graphemes where there is none.
  static func shortened(_ line: [UInt32]) -> String {
    let limit = CanonicalText.titleMax
    guard line.count > limit else { return UTF8Coding.string(line) }
    let room = limit - 1
    var cut = room
    while cut > room / 2, !ScalarClass(line[cut]).contains(.whiteSpace) { cut -= 1 }
    if cut == room / 2 { cut = Graphemes.floor(room, in: line) }
    while cut > 0, !ScalarClass(line[cut - 1]).isWord { cut -= 1 }
    return UTF8Coding.string(line[..<cut]) + "…"
  }
}
