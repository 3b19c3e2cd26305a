// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Canonical text")
struct CanonicalTextTests {
  @Test(
    "bytes that are not UTF-8 are refused with the place where they start",
    arguments: [
      ([0x61, 0xFF, 0x62], 1), ([0xFF, 0xFE, 0x61, 0x00], 0), ([0x61, 0xC3], 1),
      ([0x61, 0xC3, 0x28], 1), ([0xC0, 0x80], 0), ([0xED, 0xA0, 0x80], 0),
      ([0x61, 0x62, 0xE2, 0x82], 2), ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF0, 0x80, 0x80, 0x80], 0),
      ([0xE0, 0x9F, 0xBF], 0), ([0x80], 0),
    ] as [([UInt8], Int)])
  func refusesNotUTF8(bytes: [UInt8], offset: Int) {
    #expect(throws: AnchoringError.textNotUTF8(byteOffset: offset)) {
      try CanonicalText(utf8: bytes)
    }
  }

  @Test("a NUL byte is refused with its place")
  func refusesNUL() {
    #expect(throws: AnchoringError.textHasNUL(byteOffset: 4)) {
      try CanonicalText(utf8: Array("né".utf8) + [0x61, 0, 0x62])
    }
  }

  @Test(
    "a text without anything to see is refused",
    arguments: ["", " ", "\n\t\r\n", "\u{FEFF}", "\u{A0}\u{2003}", "\u{200B}\u{AD}", "\u{1B}\u{7}"])
  func refusesBlank(text: String) {
    #expect(throws: AnchoringError.textBlank) { try CanonicalText(text) }
  }

  @Test("a text of the largest size is taken, one byte more is not")
  func refusesTooLarge() throws {
    let most = [UInt8](repeating: 0x61, count: 1000)
    #expect(try CanonicalText(utf8: most, limit: 1000).scalarCount == 1000)
    #expect(throws: AnchoringError.textTooLarge(bytes: 1001, limit: 1000)) {
      try CanonicalText(utf8: most + [0x61], limit: 1000)
    }
    let limit = CanonicalText.maximumBytes
    #expect(throws: AnchoringError.textTooLarge(bytes: limit + 1, limit: limit)) {
      try CanonicalText(utf8: [UInt8](repeating: 0x61, count: limit + 1))
    }
  }

  @Test("a text that outgrows the limit in NFC is refused")
  func refusesTooLargeInNFC() {
    // U+0958 is excluded from composition: 3 bytes become 6.
    let text = Array(String(repeating: "\u{958}", count: 20).utf8)
    #expect(throws: AnchoringError.textTooLarge(bytes: 120, limit: 119)) {
      try CanonicalText(utf8: text, limit: 119)
    }
  }

  @Test("marks may be stacked, but not without end")
  func refusesTooManyMarks() throws {
    let limit = Canonicalizer.maximumMarks
    let most = "e" + String(repeating: "\u{301}\u{323}", count: limit / 2)
    #expect(try CanonicalText(most).scalarCount < limit)
    #expect(throws: AnchoringError.tooManyMarks(codePointOffset: limit + 1, limit: limit)) {
      try CanonicalText("e" + String(repeating: "\u{301}", count: limit + 1))
    }
    // These become two marks each.
    #expect(throws: AnchoringError.self) {
      try CanonicalText("e" + String(repeating: "\u{344}", count: limit / 2 + 2))
    }
  }

  @Test("byte order marks go, line ends become LF, letters are composed")
  func canonicalises() throws {
    let text = try CanonicalText("\u{FEFF}\u{FEFF}one\r\ntwo\rthree\n\r\nCafe\u{301}")
    #expect(Array(text.string.utf8) == Array("one\ntwo\nthree\n\nCaf\u{E9}".utf8))
    #expect(text.scalarCount == 19)
    #expect(try CanonicalText("a\u{FEFF}b").scalarCount == 3)
  }

  @Test(
    "letters and marks compose as UAX #15 says",
    arguments: [
      ("\u{212B}", "\u{C5}"), ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
      ("\u{AC00}\u{11A8}", "\u{AC01}"), ("q\u{307}\u{323}", "q\u{323}\u{307}"),
      ("\u{958}", "\u{915}\u{93C}"), ("\u{304B}\u{3099}", "\u{304C}"),
      ("\u{928}\u{93C}", "\u{929}"), ("a\u{35C}\u{F73}", "a\u{F71}\u{F72}\u{35C}"),
      ("\u{20074}\u{323}", "\u{20074}\u{323}"), ("\u{CC6}\u{CC2}\u{CD5}", "\u{CCB}"),
      ("α\u{313}\u{300}\u{345}", "\u{1F82}"), ("\u{11099}\u{110BA}", "\u{1109A}"),
      ("e\u{344}\u{344}", "\u{EB}\u{301}\u{308}\u{301}"),
      ("\u{1D15E}", "\u{1D157}\u{1D165}"), ("ﬁ½", "ﬁ½"),
    ])
  func composes(given: String, expected: String) throws {
    let text = try CanonicalText("x " + given + " y")
    #expect(text.scalars == UTF8Coding.scalars(of: "x " + expected + " y"))
  }

  @Test("what is said to be composed for sure is its own NFC and no mark")
  func sureOnesAreSure() {
    var normalizer = Normalizer(.canonical)
    for value in UInt32(0)..<0x2_0000 where Canonicalizer.isSurelyComposed(value) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text: [UInt32] = [0x915, value, 0x915]
      #expect(normalizer.normalized(text) == text, "U+\(String(value, radix: 16))")
      #expect(scalar.properties.canonicalCombiningClass == .notReordered)
    }
  }

  @Test("reading a canonical text again changes nothing", arguments: 0..<300)
  func isIdempotent(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let raw = "x" + Sample.trouble(1 + random.below(120), using: &random)
    let once = try CanonicalText(raw)
    let twice = try CanonicalText(utf8: once.utf8)
    #expect(once.utf8 == twice.utf8, "seed \(seed)")
    #expect(once == twice && once.scalarCount == once.scalars.count)
    // Swift compares canonically, but 6.3 does not sort the parts of U+0F73 among other marks.
    if raw.unicodeScalars.contains("\u{F73}") { return }
    var expected = String.UnicodeScalarView()
    for scalar in raw.unicodeScalars {
      if scalar == "\n", expected.last == "\r" { expected.removeLast() }
      expected.append(scalar)
    }
    let lines = expected.map { scalar in scalar == "\r" ? "\n" : scalar }
    #expect(once.string == String(String.UnicodeScalarView(lines)), "seed \(seed)")
  }

  @Test("a long text without a sure boundary is composed like a short one")
  func composesLongStretches() throws {
    let word = "\u{915}\u{93C}\u{923}\u{94D}\u{1100}\u{1161}\u{11A8}"
    let text = try CanonicalText("x " + String(repeating: word, count: 4000))
    let one = try CanonicalText("x " + word)
    #expect(text.scalarCount == 2 + (one.scalarCount - 2) * 4000)
  }

  @Test("paragraphs are what blank lines part")
  func findsBlocks() throws {
    let text = try CanonicalText("\n  \nOne\nstill one\n \t\nनमस्ते 👍\n\n\nThree\n")
    let blocks = try text.blocks.map { try text.slice($0) }
    #expect(blocks == ["One\nstill one", "नमस्ते 👍", "Three"])
    #expect(try CanonicalText("only").blocks == [0..<4])
  }

  @Test("blocks are in order, apart, and hold all that is visible", arguments: 0..<50)
  func blocksCoverTheText(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText("x" + Sample.trouble(200, using: &random))
    var covered = 0
    for block in text.blocks {
      #expect(!block.isEmpty && block.lowerBound >= covered, "seed \(seed)")
      let between = text.scalars[covered..<block.lowerBound]
      #expect(between.allSatisfy { ScalarClass($0).isInvisible }, "seed \(seed)")
      covered = block.upperBound
    }
  }

  @Test("every error says what and where")
  func describesErrors() {
    let errors: [(AnchoringError, String)] = [
      (.textNotUTF8(byteOffset: 7), "7"), (.textHasNUL(byteOffset: 9), "9"),
      (.textTooLarge(bytes: 11, limit: 10), "11"), (.textBlank, "blank"), (.quoteBlank, "quote"),
      (.tooManyMarks(codePointOffset: 5, limit: 3), "5"), (.rangeEmpty(offset: 4), "4"),
      (.rangeOutOfBounds(start: 1, end: 9, count: 5, unit: .utf16), "UTF-16"),
      (.offsetInsideCodePoint(offset: 3, unit: .utf8), "3"), (.urlTooLong(bytes: 9, limit: 8), "9"),
      (.urlHasNoScheme, "http"), (.urlSchemeUnknown(scheme: "ftp"), "ftp"), (.urlHasNoHost, "host"),
      (.urlHostInvalid(host: "a b"), "a b"), (.urlPortInvalid(port: "x"), "x"),
      (.urlHasCredentials, "password"), (.urlHasControlCharacter(byteOffset: 6), "6"),
      (.tagEmpty, "empty"), (.tagComponentEmpty(component: 1), "2"),
      (.tagHasControlCharacter(codePointOffset: 2), "2"),
      (.tagTooLong(bytes: 201, limit: 200), "201"),
    ]
    for (error, part) in errors { #expect(error.description.contains(part)) }
  }
}
