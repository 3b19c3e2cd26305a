// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

/// Messages of every form, the same in every run.
enum Samples {
  static let library = LibraryID(Bytes16(high: 0x1011_1213_1415_1617, low: 0x1819_1A1B_1C1D_1E1F))
  static let fingerprint = Bytes16(high: 0xF0F1_F2F3_F4F5_F6F7, low: 0xF8F9_FAFB_FCFD_FEFF)

  static let claim = VersionClaim(
    version: VersionVector([
      .init(writer: RawWriter(1).writer, count: 3), .init(writer: RawWriter(2).writer, count: 300),
    ]),
    hashes: [
      RawWriter(1).writer: [1, 2, 3, 4, 5, 6, 7, 8],
      RawWriter(2).writer: [9, 10, 11, 12, 13, 14, 15, 16],
    ])

  static let changes: [EncodedChange] = {
    var (one, two) = (RawWriter(1), RawWriter(2))
    var changes = [one.title("one"), two.title("two"), one.title("three"), one.title("चार 😀")]
    // Each writer's first says what it follows.
    changes[0].follows = [UInt8](repeating: 0, count: EncodedChange.followsBytes)
    changes[1].follows = (1...8).map { UInt8($0) }
    changes[1].line = 1
    return changes
  }()

  /// So alike that they are sent compressed.
  static let manyChanges: [EncodedChange] = {
    var one = RawWriter(1)
    return one.titles(40)
  }()

  static let requests: [(String, ExchangeRequest)] = [
    (
      "request-in-step",
      ExchangeRequest(library: library, fingerprint: fingerprint, claim: nil, changes: [])
    ),
    (
      "request-empty-claim",
      ExchangeRequest(
        library: library, fingerprint: fingerprint,
        claim: VersionClaim(version: VersionVector(), hashes: [:]), changes: [])
    ),
    (
      "request-changes",
      ExchangeRequest(library: library, fingerprint: fingerprint, claim: claim, changes: changes)
    ),
    (
      "request-compressed",
      ExchangeRequest(
        library: library, fingerprint: fingerprint, claim: claim, changes: manyChanges)
    ),
    ("request-forked", forked.0),
  ]

  static let answers: [(String, ExchangeAnswer)] = {
    var needsClaim = ExchangeAnswer(fingerprint: fingerprint)
    needsClaim.needsClaim = true
    var full = ExchangeAnswer(fingerprint: fingerprint)
    full.claim = claim
    full.changes = changes
    full.more = true
    full.refusals = [
      .init(name: ChangeName(writer: RawWriter(2).writer, sequence: 7), reason: "no, “because”")
    ]
    full.wantedTexts = [hash(1), hash(2)]
    return [
      ("answer-in-step", ExchangeAnswer(fingerprint: fingerprint)),
      ("answer-needs-claim", needsClaim), ("answer-full", full), ("answer-forked", forked.1),
    ]
  }()

  /// What travels when histories were forked: two lines of one writer, with ladders.
  static let forked: (ExchangeRequest, ExchangeAnswer) = {
    let writer = RawWriter(1).writer
    func hash(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 8) }
    let ladders = VersionClaim(
      tips: [
        ClaimedTip(writer: writer, count: 1, hash: hash(1), ladder: []),
        ClaimedTip(writer: writer, count: 4, hash: hash(2), ladder: [hash(3), hash(4)]),
        ClaimedTip(writer: writer, count: 4, hash: hash(5), ladder: [hash(6), hash(4)]),
        ClaimedTip(writer: RawWriter(2).writer, count: 9, hash: hash(7)),
      ])
    var (one, other) = (RawWriter(1), RawWriter(1))
    var changes = [one.title("one"), other.title("other"), one.title("more"), other.title("still")]
    for place in changes.indices { changes[place].line = place % 2 }
    for place in 0..<2 { changes[place].follows = [UInt8](repeating: 0, count: 8) }
    var answer = ExchangeAnswer(fingerprint: fingerprint)
    answer.claim = ladders
    answer.needsLadders = true
    answer.changes = changes
    return (
      ExchangeRequest(
        library: library, fingerprint: fingerprint, claim: ladders, changes: changes), answer
    )
  }()

  static let textRequest = TextRequest(items: [
    .init(hash: hash(1), offset: 0), .init(hash: hash(2), offset: 5_000_000),
  ])

  static let textParts = TextParts(parts: [
    TextPart(hash: hash(1), total: 5, offset: 0, bytes: Array("river".utf8)),
    TextPart(hash: hash(2), total: 9, offset: 6, bytes: [1, 2, 3]),
    TextPart(hash: hash(3), total: 0, offset: 0, bytes: []),
  ])

  static func hash(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }
}

extension VersionClaim {
  /// A claim of one line a writer.
  init(version: VersionVector, hashes: [WriterID: [UInt8]]) {
    self.init(
      tips: version.entries.map { entry in
        ClaimedTip(
          writer: entry.writer, count: entry.count,
          hash: hashes[entry.writer] ?? [UInt8](repeating: 0, count: 8))
      })
  }

  /// The counts of a claim of one line a writer.
  var version: VersionVector {
    VersionVector(tips.map { .init(writer: $0.writer, count: $0.count) })
  }
}
