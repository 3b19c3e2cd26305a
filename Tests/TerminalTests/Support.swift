// SPDX-License-Identifier: MIT

import TestSupport

@testable import Terminal

/// Pieces of text in which the rules meet: scripts, emoji, controls and tricks.
let trickyPieces: [String] = [
  "a", "B", "0", " ", "  ", "\n", "\t", "\r\n", "\r", "-", ".", "“", "’", "é", "e\u{301}", "ß", "中",
  "文", "。", "「", "ｶﾞ", "한", "\u{1112}\u{1161}\u{11AB}", "हि", "न्दी", "क्ष", "क\u{94D}\u{200D}ष",
  "نامه\u{200C}ها", "שלום", "\u{200F}", "ไทย", "👩‍👩‍👧", "🇮🇳", "1️⃣", "❤️", "👍🏽",
  "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", "\u{1B}[31m",
  "\u{1B}]0;x\u{7}",
  "\u{9B}31m", "\u{0}", "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}", "\u{2069}", "\u{200B}",
  "\u{200D}",
  "\u{2060}", "\u{FEFF}", "\u{AD}", "\u{2028}", "\u{2029}", "\u{E0041}", "\u{FFFF}", "\u{10FFFF}",
  "\\", "\"", "/", "word", "lengthyword", "\u{3164}", "\u{301}\u{301}\u{301}", "\u{FE0F}",
]

func trickyText(_ generator: inout SeededGenerator, piecesMax: Int = 30) -> String {
  var text = ""
  for _ in 0..<Int.random(in: 0...piecesMax, using: &generator) {
    if Int.random(in: 0..<8, using: &generator) == 0 {
      let code = UInt32.random(in: 0...0x10FFFF, using: &generator)
      if let scalar = Unicode.Scalar(code) { text.unicodeScalars.append(scalar) }
    } else {
      text += trickyPieces.randomElement(using: &generator) ?? ""
    }
  }
  return text
}

/// Whether a terminal could take any of it for more than letters.
func isHarmless(_ text: String, allowing allowed: Set<Unicode.Scalar> = []) -> Bool {
  text.unicodeScalars.allSatisfy { scalar in
    if allowed.contains(scalar) { return true }
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0x2060: return false
    default: return true
    }
  }
}

/// Text without the escape sequences of styles.
func withoutStyles(_ text: String) -> String { Pager.withoutStyles(text[...]) }
