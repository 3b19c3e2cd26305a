// SPDX-License-Identifier: MIT

import Foundation
import Testing

@testable import Anchoring

/// Real articles that are not part of the repository: `$POSTIL_TEST_DATA`, else `../shared/data`
/// beside it.
private enum RealData {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["POSTIL_TEST_DATA"] {
      return URL(fileURLWithPath: path)
    }
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.deletingLastPathComponent().appendingPathComponent("shared/data")
  }()

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(path).path)
  }

  static func unzipped(_ path: String) throws -> Data {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", folder.appendingPathComponent(path).path]
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return data
  }
}

@Suite("Real articles")
struct RealDataTests {
  private static let cases = "anchoring/cases.json.gz"
  private static let missing: Comment =
    "SKIPPED: no real articles; set POSTIL_TEST_DATA to a folder with anchoring/ and seeds/"

  private struct Corpus: Decodable {
    struct Case: Decodable {
      var kind: String
      var text: Int
      var quote: String
      var truth: [Int]?
    }
    var texts: [String]
    var cases: [Case]
  }

  @Test(
    "a quote from one extraction of an article is found in another",
    .enabled(if: RealData.exists(cases), missing))
  func findsAcrossExtractions() throws {
    let corpus = try JSONDecoder().decode(Corpus.self, from: try RealData.unzipped(Self.cases))
    var tried = 0
    for (number, item) in corpus.cases.enumerated() where number % 10 == 0 {
      let isHere = ["extractor", "short-present", "astral", "shuffled"].contains { kind in
        item.kind.hasPrefix(kind)
      }
      guard isHere, let truth = item.truth else { continue }
      let text = try CanonicalText(corpus.texts[item.text])
      guard text.utf8.elementsEqual(corpus.texts[item.text].utf8) else { continue }
      tried += 1
      let found = try text.occurrences(of: item.quote).contains { match in
        let shared = match.range.clamped(to: truth[0]..<truth[1]).count
        return shared * 10 >= max(match.range.count, truth[1] - truth[0]) * 8
      }
      #expect(found, "case \(number), \(item.kind)")
    }
    #expect(tried > 100)
  }

  @Test(
    "every saved article has a title, paragraphs and a folded form",
    .enabled(if: RealData.exists("seeds"), missing))
  func readsSeeds() throws {
    let folder = RealData.folder.appendingPathComponent("seeds")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
      let text = try CanonicalText(utf8: bytes)
      let title = text.suggestedTitle
      #expect(title.count > 20 && title.count < 150, "\(name): \(title)")
      #expect(!title.lowercased().contains("powered") && title.first?.isNumber == false)
      #expect(!text.blocks.isEmpty && FoldedText(text).count > 1000)
    }
  }
}
