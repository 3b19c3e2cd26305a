// SPDX-License-Identifier: MIT

import Anchoring
import Foundation
import Merge
import Store
import Synchronization

/// A library of twenty articles with a hundred annotations each, from a seed; and room for stores
/// in a temporary folder, which goes with the process.
final class Library: Sendable {
  /// All changes, in causal order: one for each article and annotation.
  let changes: [EncodedChange]
  /// A store that holds all of them.
  let store: Store
  private let folder: String
  private let made = Atomic(0)

  static let articles = 20
  static let annotations = 100

  init() throws {
    let folder = NSTemporaryDirectory() + "postil-parts-\(UUID().uuidString)"
    self.folder = folder
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    Self.folder.withLock { $0 = folder }
    atexit {
      Library.folder.withLock { try? FileManager.default.removeItem(atPath: $0) }
    }
    store = try Self.store(folder + "/desk", seed: 1)
    var words = Words(seed: 7)
    for number in 0..<Self.articles {
      let text = try CanonicalText(words.text(700))
      var new = NewArticle(text: text)
      new.title = "Article \(number)"
      let article = try store.addArticle(new).id
      let revision = try store.article(article).revision
      for _ in 0..<Self.annotations {
        let start = words.number(below: text.scalarCount - 200)
        let match = QuoteMatch(start..<start + 110, kind: .exact)
        var annotation = NewAnnotation(
          target: try Target(article: article, revision: revision, text: text, match: match))
        annotation.note = words.text(16)
        annotation.color = "yellow"
        annotation.tags = try (0..<3).map { _ in try TagName("theme/\(words.next())") }
        _ = try store.annotate(annotation)
      }
    }
    changes = try store.changes(missingFrom: VersionVector(), bytesMax: .max).changes
  }

  private static let folder = Mutex("")

  /// A store that holds nothing yet.
  func emptyStore() throws -> Store {
    let number = made.add(1, ordering: .relaxed).newValue
    return try Self.store(folder + "/\(number)", seed: UInt64(number) + 100)
  }

  private static func store(_ path: String, seed: UInt64) throws -> Store {
    let generator = Mutex(Generator(state: seed))
    let clock = Atomic<Int64>(1_795_219_200_000)
    return try Store(
      directory: StoreDirectory(path: path),
      environment: StoreEnvironment(
        now: { clock.add(1, ordering: .relaxed).newValue },
        random: { generator.withLock { $0.next() } }, deviceName: "bench", machineID: "bench"))
  }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
struct Generator: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Words by Zipf's law, from a seed.
struct Words {
  private var generator: Generator
  private let vocabulary: [String]

  init(seed: UInt64) {
    var generator = Generator(state: seed)
    let syllables = ["ri", "ver", "an", "tho", "mel", "ka", "sun", "dor", "ent", "ly", "gra"]
    vocabulary = (0..<3000).map { rank in
      (0..<(rank < 100 ? 1 : 3)).map { _ in
        syllables[Int(generator.next() % UInt64(syllables.count))]
      }.joined()
    }
    self.generator = generator
  }

  mutating func number(below bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

  mutating func next() -> String {
    let part = Double(generator.next() >> 11) / Double(1 << 53)
    // The inverse of a sum of 1/rank is nearly an exponential.
    let rank = Int(exp(part * log(Double(vocabulary.count)))) - 1
    return vocabulary[max(0, min(rank, vocabulary.count - 1))]
  }

  mutating func text(_ count: Int) -> String {
    (0..<count).map { _ in next() }.joined(separator: " ")
  }
}
