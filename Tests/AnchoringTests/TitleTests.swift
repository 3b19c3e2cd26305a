// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Suggested titles")
struct TitleTests {
  @Test(
    "the first line that reads like a title is taken",
    arguments: [
      (Sample.article, "“We keep the lamps lit”: ferrymen of Karsa refuse to leave the river"),
      (
        "Powered by\nSponsored by\n\nFerries win a last summer\n\nText.",
        "Ferries win a last summer"
      ),
      (
        "Home\nWorld News\nSign in\n12 March 2026, 10:35 am IST\nThe quiet end of a ferry line",
        "The quiet end of a ferry line"
      ),
      ("ALSO READ: Ten ferries to ride\n\nHarbour plan is dropped\n", "Harbour plan is dropped"),
      ("By Ilse Varn\nFerry fares rise again in May\n", "Ferry fares rise again in May"),
      ("By the river at night\n\nText", "By the river at night"),
      ("# A heading in Markdown\ntext", "A heading in Markdown"),
      ("12) Twelfth of the ferry tales\n", "Twelfth of the ferry tales"),
      ("9/11: a city remembers its dead\n", "9/11: a city remembers its dead"),
      ("3.5 million crowns for the ferrymen\n", "3.5 million crowns for the ferrymen"),
      (
        "'No bridge,' says the ferrymen's speaker.\n\nText",
        "'No bridge,' says the ferrymen's speaker."
      ),
      ("मुख पृष्ठ\nनदी पर नया पुल बनेगा\nपाठ", "नदी पर नया पुल बनेगा"),
      ("東京湾の渡し船が終わる\n本文", "東京湾の渡し船が終わる"),
      ("Home\nMenu\n", "Home"),
      ("Ghosts\n", "Ghosts"),
      ("🎉🎉\n", "🎉🎉"),
    ])
  func takesTheTitle(text: String, title: String) throws {
    #expect(try CanonicalText(text).suggestedTitle == title)
  }

  @Test("a long first paragraph gives way to a short heading above it")
  func prefersHeadings() throws {
    let paragraph = String(repeating: "word after word ", count: 30)
    #expect(try CanonicalText("Home\nGhosts\n\n" + paragraph).suggestedTitle == "Ghosts")
  }

  @Test("a long title is cut between words")
  func cutsBetweenWords() throws {
    let title = try CanonicalText(String(repeating: "ferrymen, ", count: 40)).suggestedTitle
    #expect(title.unicodeScalars.count <= CanonicalText.titleMax)
    #expect(title.hasSuffix("ferrymen…"))
    let endless = try CanonicalText(
      String(repeating: "👩‍👩‍👧", count: 5) + String(repeating: "क्षि", count: 90))
    #expect(endless.suggestedTitle.unicodeScalars.count <= CanonicalText.titleMax)
    #expect(endless.suggestedTitle.hasSuffix("क्षि…"))
  }

  @Test("any text has a title that is short and not blank", arguments: 0..<200)
  func alwaysHasOne(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let raw = Sample.trouble(1 + random.below(600), using: &random)
    guard let text = try? CanonicalText(raw) else { return }
    let title = text.suggestedTitle
    #expect(title.unicodeScalars.count <= CanonicalText.titleMax, "seed \(seed)")
    #expect(!title.isEmpty && !title.contains("\n"), "seed \(seed): \(raw.debugDescription)")
  }
}
