// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

/// Texts for the tests, all in our own words.
enum Sample {
  /// An article as a person saves it: boilerplate, curly quotes, dashes, Hindi, an emoji.
  static let article = """
    1. Home
      2. World
      3. “We keep the lamps lit”: ferrymen of Karsa refuse to leave the river

    “We keep the lamps lit”: ferrymen of Karsa refuse to leave the river

    By Ilse Varn
    Updated 3 March

    The ferrymen of Karsa – some forty families who have crossed the river for two centuries – \
    said on Tuesday that they won’t give up their boats, although the new bridge opens in spring.

    Also Read :- Bridge tolls to double by summer

    “My grandfather carried doctors, brides and mail. I carry students. The river doesn’t ask who \
    you are,” said Anton Brek, who speaks for the crews. “We keep the lamps lit, whatever happens…”

    The town’s council offered 3.5 million crowns, or 35 crowns a day for each boat. The crews \
    refused: the offer, they said, was “an insult in instalments”. We keep the lamps lit, reads a \
    banner over the landing.

    नदी किनारे के लोग कहते हैं कि नाव चलती रहेगी। 🚣🏽‍♀️ Follow the story on our channel.
    """

  static func articleText() throws -> CanonicalText { try CanonicalText(article) }

  static let words = [
    "river", "lamp", "boat", "council", "spring", "bridge", "family", "letter", "market", "north",
    "bread", "storm", "harbour", "winter", "song", "teacher", "window", "garden", "copper",
    "engine",
    "वर्षा", "किनारे", "naïve", "Straße", "Ångström", "смысл", "東京",
  ]

  /// `count` words, with punctuation and paragraphs here and there.
  static func prose(words count: Int, using random: inout SeededGenerator) -> String {
    var out = ""
    for index in 0..<count {
      if index > 0 {
        out += random.pick([" ", " ", " ", " ", " ", ", ", ". ", "\n\n", " – ", "’s "])
      }
      out += random.pick(words)
    }
    return out
  }

  /// Code points that stress normalisation, folding and graphemes.
  static let troublesome: [Unicode.Scalar] = [
    "a", "B", "z", "1", " ", "\n", "\r", ".", "“", "’", "—", "…", "\u{A0}", "\u{AD}", "é", "ß", "İ",
    "ﬁ", "½", "\u{301}", "\u{323}", "\u{308}", "क", "ि", "्", "ष", "\u{93C}", "가", "ᄀ", "ᅡ", "ᆨ",
    "ㅏ", "\u{200D}", "\u{FE0F}", "👩", "🏽", "🇫", "🇷", "か", "\u{3099}", "ﾞ", "ข", "ำ", "東", "Σ", "ς",
    "\u{F73}", "\u{1D165}", "Å", "\u{FEFF}", "\u{85}", "𝒜", "\u{10FFFF}",
  ]

  /// `count` troublesome code points.
  static func trouble(_ count: Int, using random: inout SeededGenerator) -> String {
    var view = String.UnicodeScalarView()
    for _ in 0..<count { view.append(random.pick(troublesome)) }
    return String(view)
  }
}

/// The range of `needle` in `text`, in code points, found the plain way.
func plainRange(of needle: String, in text: CanonicalText, after: Int = 0) throws -> Range<Int> {
  let pattern = UTF8Coding.scalars(of: needle)
  let scalars = text.scalars
  for start in after...(scalars.count - pattern.count)
  where scalars[start..<start + pattern.count].elementsEqual(pattern) {
    return start..<start + pattern.count
  }
  throw NotInText(needle: needle)
}

/// A test's text lacks what the test looks for in it.
struct NotInText: Error { var needle: String }
