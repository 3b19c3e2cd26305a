// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Finding a quote")
struct QuoteSearchTests {
  /// What the matches say, with their kind.
  private func found(
    _ quote: String, in text: String
  ) throws -> (texts: [String], kinds: Set<QuoteMatch.Kind>) {
    let text = try CanonicalText(text)
    let matches = try text.occurrences(of: quote)
    for match in matches {
      #expect(match.start >= 0 && match.start < match.end && match.end <= text.scalarCount)
      for place in [match.start, match.end] {
        #expect(Graphemes.isBoundary(place, in: text.scalars), "\(match) cuts a character")
      }
    }
    return (try matches.map { try text.slice($0.range) }, Set(matches.map(\.kind)))
  }

  @Test("a quote that stands there is found where it stands")
  func findsExact() throws {
    let text = try Sample.articleText()
    let quote = "“My grandfather carried doctors, brides and mail."
    let range = try plainRange(of: quote, in: text)
    #expect(try text.occurrences(of: quote) == [QuoteMatch(range, kind: .exact)])
    #expect(try text.occurrences(of: "  \(quote)\n") == [QuoteMatch(range, kind: .exact)])
  }

  @Test("several occurrences come in order")
  func findsSeveral() throws {
    let text = try Sample.articleText()
    let matches = try text.occurrences(of: "We keep the lamps lit")
    #expect(matches.count == 4 && Set(matches.map(\.kind)) == [.exact])
    #expect(matches.map(\.start) == matches.map(\.start).sorted())
    #expect(try matches.allSatisfy { try text.slice($0.range) == "We keep the lamps lit" })
    var search = QuoteSearch(text)
    #expect(try search.occurrences(of: "We keep the lamps lit", limit: 2) == Array(matches[..<2]))
    #expect(try search.occurrences(of: "We keep the lamps lit", limit: 0).isEmpty)
  }

  @Test("occurrences may overlap")
  func overlaps() throws {
    #expect(try found("ana", in: "banana").texts == ["ana", "ana"])
    #expect(try found("ha ha", in: "ha ha ha").texts.count == 2)
  }

  @Test(
    "differences in typography and spacing are forgiven",
    arguments: [
      ("\"My grandfather carried", "“My grandfather carried"),
      ("they won't give up", "they won’t give up"),
      ("ferrymen of Karsa - some forty families", "ferrymen of Karsa – some forty families"),
      ("ferrymen of Karsa -- some", "ferrymen of Karsa – some"),
      ("whatever happens...\"", "whatever happens…”"),
      ("whatever happens...", "whatever happens…"),
      ("whatever  happens", "whatever happens"),
      ("whatever\nhappens", "whatever happens"),
      ("you are,\" said", "you are,” said"),
      ("THE TOWN'S COUNCIL", "The town’s council"),
      ("\"an insult in instalments\".", "“an insult in instalments”."),
      ("'an insult in instalments'", "“an insult in instalments”"),
      ("an insult\u{A0}in instal\u{AD}ments", "an insult in instalments"),
      ("3.5\u{A0}million crowns", "3.5 million crowns"),
      ("ｗｈａｔｅｖｅｒ ｈａｐｐｅｎｓ", "whatever happens"),
      ("किनारे  के लोग", "किनारे के लोग"),
      (
        "\"We keep the lamps lit\": ferrymen of Karsa", "“We keep the lamps lit”: ferrymen of Karsa"
      ),
    ])
  func forgives(quote: String, expected: String) throws {
    let (texts, kinds) = try found(quote, in: Sample.article)
    #expect(kinds == [.folded])
    #expect(Set(texts) == [expected])
  }

  @Test(
    "line breaks, no-break spaces and soft hyphens in the text are forgiven",
    arguments: [
      ("the old harbour wall", "so the old\nharbour\n\nwall fell", "the old\nharbour\n\nwall"),
      ("the old harbour", "so the\u{A0}old\u{2009}harbour fell", "the\u{A0}old\u{2009}harbour"),
      ("harbour wall", "the har\u{AD}bour wall", "har\u{AD}bour wall"),
      ("information", "infor-\nmation desk", "infor-\nmation"),
      ("e-mail", "an email came", "email"), ("email", "an e-mail came", "e-mail"),
      ("office hours", "the oﬃce hours are", "oﬃce hours"),
      ("« Bonjour »", "dit: «\u{A0}Bonjour\u{A0}» et", "«\u{A0}Bonjour\u{A0}»"),
      ("\"Bonjour\"", "dit: «\u{202F}Bonjour\u{202F}» et", "«\u{202F}Bonjour\u{202F}»"),
      ("東京湾の渡し船", "昨日、東京湾の\n渡し船が出た", "東京湾の\n渡し船"),
    ])
  func forgivesInText(quote: String, text: String, expected: String) throws {
    let (texts, kinds) = try found(quote, in: text)
    #expect(texts == [expected] && kinds == [.folded])
  }

  @Test(
    "outer punctuation is taken in only where quote and text both have it",
    arguments: [
      ("Keep  the lamps", "“Keep the lamps,” he said", "Keep the lamps"),
      ("\"Keep the lamps\"", "“Keep the lamps,” he said", "“Keep the lamps"),
      ("\"Keep the lamps,\"", "“Keep the lamps,” he said", "“Keep the lamps,”"),
      ("... keep  the lamps", "we keep the lamps", "keep the lamps"),
      ("lamps  lit\"", "lamps lit\n\n“Next one", "lamps lit"),
      ("(KEEP the lamps)", "they (keep the lamps) do", "(keep the lamps)"),
      ("ROSE 50%", "prices rose 50% today", "rose 50%"),
      ("KEEP them 🎉", "we keep them  🎉 always", "keep them  🎉"),
    ])
  func takesInPunctuation(quote: String, text: String, expected: String) throws {
    let (texts, kinds) = try found(quote, in: text)
    #expect(texts == [expected] && kinds == [.folded])
  }

  @Test(
    "what only has the same letters is not a match",
    arguments: [
      ("the rapist", "a therapist came"), ("notable", "there is no table here"),
      ("35", "3.5 million"),
      ("3.5", "all 35 of them"), ("3.5", "3/5 of them"), ("ART", "a fresh start"),
      ("1,000", "1.000 km"),
      ("नाव", "नावें चलीं"), ("कम", "कमी"), ("resume", "his résumé"), ("Afghan", "AFGHANS"),
    ])
  func refusesLookalikes(quote: String, text: String) throws {
    #expect(try found(quote, in: text).texts.isEmpty)
  }

  @Test(
    "a part of the letters that one character folds to is not a match",
    arguments: [
      ("2", "about ½ of it"), ("1", "½"), ("ind", "we ﬁnd it"), ("ind", "ﬁnd"), ("n", "ŉ"),
      ("キ", "5 ㌔"), ("ICE hours are long", "the oﬃce hours are long"),
      ("the whole long STRAS", "see the whole long straße"),
    ])
  func refusesPartsOfCharacters(quote: String, text: String) throws {
    #expect(try found(quote, in: text).texts.isEmpty)
  }

  @Test(
    "all the letters that a character folds to are a match",
    arguments: [
      ("find", "we ﬁnd it", "ﬁnd"), ("STRASSE", "die Straße dort", "Straße"),
      ("キロ", "5 ㌔", "㌔"), ("hours at the office", "HOURS at the oﬃce", "HOURS at the oﬃce"),
    ])
  func matchesWholeCharacters(quote: String, text: String, expected: String) throws {
    let (texts, kinds) = try found(quote, in: text)
    #expect(texts == [expected] && kinds == [.folded])
  }

  @Test("a match never cuts a character that the reader sees as one")
  func keepsGraphemes() throws {
    #expect(try found("👩", in: "the 👩‍👩‍👧 family").texts.isEmpty)
    #expect(try found("👩", in: "the 👩‍👩‍👧 and a 👩").texts == ["👩"])
    #expect(try found("क", in: "कि कि").texts.isEmpty)
    #expect(try found("e", in: "e\u{331} x").texts.isEmpty)
    #expect(try found("cafe\u{301}", in: "a caf\u{E9}").texts == ["caf\u{E9}"])
    #expect(try found("🚣🏽‍♀️", in: Sample.article).texts == ["🚣🏽‍♀️"])
    #expect(try found("🇫🇷", in: "🇩🇪🇫🇷").texts == ["🇫🇷"])
    #expect(try found("🇪🇫", in: "🇩🇪🇫🇷").texts.isEmpty)
  }

  @Test("boundaries are where Swift sees them", arguments: 0..<200)
  func agreesWithSwift(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let trouble = Sample.trouble(1 + random.below(60), using: &random)
    let text = try CanonicalText("x\u{600}a\u{102C}" + trouble + "\u{D4E}x")
    var boundaries: Set<Int> = [0]
    var place = 0
    for character in text.string {
      place += character.unicodeScalars.count
      boundaries.insert(place)
    }
    let map = Graphemes.all(of: text.scalars)
    for offset in 0...text.scalarCount {
      #expect(map[offset] == boundaries.contains(offset), "seed \(seed), offset \(offset)")
      let isOne = Graphemes.isBoundary(offset, in: text.scalars)
      #expect(isOne == boundaries.contains(offset), "seed \(seed), offset \(offset)")
    }
  }

  @Test("many places where a quote would cut a character are passed over quickly")
  func passesOverManyCuts() throws {
    let text = try CanonicalText(String(repeating: "कि", count: 5000) + " क")
    #expect(try text.occurrences(of: "क") == [QuoteMatch(10_001..<10_002, kind: .exact)])
  }

  @Test("a quote without letters and digits only matches exactly")
  func punctuationIsExact() throws {
    #expect(try found("”.", in: Sample.article).texts == ["”."])
    #expect(try found("\".", in: Sample.article).texts.isEmpty)
    #expect(try found("👍", in: Sample.article).texts.isEmpty)
  }

  @Test("whole words are preferred, and the same case")
  func prefersWords() throws {
    #expect(try found("us", in: "just trust us, please").texts == ["us"])
    #expect(try found("rus", in: "just trust us").texts == ["rus"])
    let text = try CanonicalText("“us” in the “US” today")
    let matches = try text.occurrences(of: "\"US\"")
    #expect(try matches.map { try text.slice($0.range) } == ["“US”"])
    #expect(try text.occurrences(of: "\"Us\"").count == 2)
  }

  @Test("a long quote may end inside a word when nothing better is there")
  func longMayBreakWords() throws {
    let (texts, _) = try found("they won't give up their boa", in: Sample.article)
    #expect(texts == ["they won’t give up their boa"])
  }

  @Test("a blank quote is refused", arguments: ["", " \n\t", "\u{A0}\u{200B}"])
  func refusesBlank(quote: String) throws {
    let text = try Sample.articleText()
    #expect(throws: AnchoringError.quoteBlank) { try text.occurrences(of: quote) }
    #expect(throws: AnchoringError.quoteBlank) { try text.nearest(to: quote) }
  }

  @Test("a quote with more marks than a text may have is refused")
  func refusesMarks() throws {
    let text = try Sample.articleText()
    let quote = "e" + String(repeating: "\u{301}", count: 300)
    #expect(throws: AnchoringError.self) { try text.occurrences(of: quote) }
  }

  @Test("any whole passage of a text is found exactly where it is", arguments: 0..<100)
  func findsEveryPassage(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText(Sample.prose(words: 120, using: &random))
    let words = WordEdges(text.scalars)
    let start = words.nearestEdge(random.below(text.scalarCount - 60))
    let end = words.nearestEdge(start + 10 + random.below(50))
    let quote = Trimming.trimmed(Array(text.scalars[start..<end]))
    let matches = try text.occurrences(of: UTF8Coding.string(quote))
    let hit = matches.contains { text.scalars[$0.range].elementsEqual(quote) && $0.kind == .exact }
    #expect(hit, "seed \(seed): \(UTF8Coding.string(quote))")
  }

  @Test("a passage retyped plainly is found with the same letters", arguments: 0..<100)
  func findsRetyped(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText(Sample.prose(words: 120, using: &random))
    let words = WordEdges(text.scalars)
    let start = words.nearestEdge(random.below(text.scalarCount - 90))
    let end = words.nearestEdge(start + 40 + random.below(50))
    let passage = UTF8Coding.string(text.scalars[start..<end])
    let retyped = String(
      String.UnicodeScalarView(
        passage.unicodeScalars.map { scalar in
          ["’": "'", "–": "-", "\n": " "][scalar] ?? scalar
        })
    ).uppercased()
    let wanted = FoldedText(try CanonicalText(passage)).scalars
    let matches = try text.occurrences(of: retyped)
    let hit = matches.contains { $0.start < end && $0.end > start }
    #expect(hit, "seed \(seed): \(retyped)")
    for match in matches {
      #expect(FoldedText(try CanonicalText(text.slice(match.range))).scalars == wanted)
    }
  }

  @Test("nothing makes the search fail or leave the text", arguments: 0..<300)
  func survivesAnything(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText("x" + Sample.trouble(random.below(200), using: &random))
    let quote = Sample.trouble(1 + random.below(6), using: &random)
    guard let matches = try? text.occurrences(of: quote) else { return }
    for match in matches {
      #expect(match.start >= 0 && match.start < match.end && match.end <= text.scalarCount)
      #expect(Graphemes.isBoundary(match.start, in: text.scalars), "seed \(seed)")
      #expect(Graphemes.isBoundary(match.end, in: text.scalars), "seed \(seed)")
    }
    for passage in try text.nearest(to: quote) {
      #expect(try text.slice(passage.range) == passage.text, "seed \(seed)")
      #expect((0...1).contains(passage.score) && !passage.range.isEmpty, "seed \(seed)")
    }
  }

  @Test("the linear search finds what a plain one finds", arguments: 0..<200)
  func agreesWithPlainSearch(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = (0..<random.below(80)).map { _ in UInt32(random.below(2)) }
    let pattern = (0..<1 + random.below(6)).map { _ in UInt32(random.below(2)) }
    let plain = text.indices.filter { text[$0...].starts(with: pattern) }
    #expect(ExactSearch(pattern).occurrences(in: text, limit: .max) == plain, "seed \(seed)")
  }
}
