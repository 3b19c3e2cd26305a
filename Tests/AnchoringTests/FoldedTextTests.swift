// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Folded text")
struct FoldedTextTests {
  private func folded(_ text: String) throws -> String {
    String(decoding: FoldedText(try CanonicalText(text)).utf8, as: UTF8.self)
  }

  @Test(
    "only letters, digits and their marks stay, without case and compatibility forms",
    arguments: [
      ("Hello, World! 123", "helloworld123"), ("“won’t” — we…", "wontwe"),
      ("Straße STRASSE", "strassestrasse"), ("ﬁn ½ ℃ ™", "fin12ctm"), ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
      ("soft\u{AD}hy\u{200B}phen", "softhyphen"), ("ＦＵＬＬ　ｗｉｄｔｈ", "fullwidth"),
      ("हिन्दी में", "हिन्दीमें"),
      ("क़लम", "क\u{93C}लम"), ("ﾊﾞｽ", "バス"),
      ("น้ำ", "น\u{E49}\u{E4D}\u{E32}"),
      ("👩‍👩‍👧 ok 👍🏽", "ok"), ("1️⃣ #️⃣", "1\u{20E3}"), ("Cafe\u{301}", "caf\u{E9}"),
      ("ㄱㅏ각", "가각"), ("र‍्य", "र्य"), ("I ı İ i", "iıi\u{307}i"), ("ᏣᎳᎩ ꮳꮃꭹ", "ᏣᎳᎩᏣᎳᎩ"),
      ("— … “ ”", ""), ("´ ¨", ""), ("ẞ ß", "ssss"), ("x² H₂O", "x2h2o"),
    ])
  func folds(text: String, expected: String) throws {
    #expect(try folded(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
  }

  @Test("typography and layout do not change the folded text")
  func ignoresTypography() throws {
    let plain = "\"We won't -- we can't,\" he said... Oh, cafe\u{301}"
    let fancy = "“We won’t — we\u{A0}can’t,”\r\nhe said…  OH, CAFÉ"
    #expect(try folded(plain) == folded(fancy))
    #expect(try folded("hindi किताब") != folded("hindi कताब"))
  }

  @Test("every folded code point leads back to where it came from")
  func leadsBack() throws {
    let text = try CanonicalText("A ﬁne “कि” e\u{301}")
    let folded = FoldedText(text)
    #expect(folded.scalars == UTF8Coding.scalars(of: "afineकि\u{E9}"))
    let sources = try (0..<folded.count).map {
      try text.slice(folded.originalRange(of: $0..<$0 + 1))
    }
    #expect(sources == ["A", "ﬁ", "ﬁ", "n", "e", "कि", "कि", "é"])
    #expect(folded.originalRange(of: 0..<folded.count) == 0..<text.scalarCount)
    #expect(folded.originalRange(of: 1..<1) == 2..<2)
    #expect(folded.originalRange(of: 8..<8) == 12..<12)
    #expect(!folded.isEmpty)
  }

  @Test("case folding is Unicode's full one where it is not lower case")
  func foldsCase() {
    func fold(_ string: String) -> String {
      var out: [UInt32] = []
      for scalar in string.unicodeScalars {
        UnicodeMappings.appendCaseFolded(scalar.value, to: &out)
      }
      return UTF8Coding.string(out)
    }
    #expect(fold("ẞŉǰΐᾳſK") == "ssʼnǰΐαιsk")
    #expect(fold("ı") == "ı" && fold("Ꭰꭰ") == "ᎠᎠ" && fold("Ა") == "ა")
  }

  @Test("folding twice gives what folding once gave, in order", arguments: 0..<300)
  func isIdempotent(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText("x" + Sample.trouble(1 + random.below(100), using: &random))
    let once = FoldedText(text)
    let again = FoldedText(try CanonicalText(utf8: once.utf8))
    // Single Hangul letters may meet and join when what was between them is gone.
    if !once.scalars.contains(where: { (0x1100...0x11FF).contains($0) }) {
      #expect(again.scalars == once.scalars, "seed \(seed): \(text.string.debugDescription)")
    }
    var place = 0
    for index in 0..<once.count {
      let source = once.originalRange(of: index..<index + 1)
      #expect(source.lowerBound >= place && !source.isEmpty, "seed \(seed)")
      #expect(source.upperBound <= text.scalarCount, "seed \(seed)")
      place = source.lowerBound
      let found = ScalarClass(once.scalars[index])
      #expect(found.isWord && !found.contains(.whiteSpace), "seed \(seed)")
    }
  }

  @Test("changing case changes nothing that is folded", arguments: 0..<50)
  func ignoresCase(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let prose = Sample.prose(words: 60, using: &random)
    #expect(try folded(prose) == folded(prose.uppercased()), "seed \(seed)")
    #expect(try folded(prose) == folded(prose.lowercased()), "seed \(seed)")
  }
}
