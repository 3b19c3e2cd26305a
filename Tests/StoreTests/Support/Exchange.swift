// SPDX-License-Identifier: MIT

import Merge
import Store
import Testing

extension Store {
  /// Takes everything that `other` has and this store lacks; nothing may be refused.
  func pull(from other: Store) throws {
    while true {
      let (changes, more) = try other.changes(
        missingFrom: holdings().version, bytesMax: 1 << 20)
      let report = try merge(changes)
      #expect(report.refusals.isEmpty)
      #expect(report.merged == changes.count)
      if !more { break }
    }
    try pullTexts(from: other)
  }

  /// Takes the texts that are wanted here and that `other` has.
  func pullTexts(from other: Store) throws {
    let texts = try wantedTexts(limit: 10_000).compactMap { name in
      try other.text(hash: name.hash).map { (hash: name.hash, content: $0) }
    }
    try putTexts(texts)
  }

  /// Both take what the other has.
  func swap(with other: Store) throws {
    try pull(from: other)
    try other.pull(from: self)
  }
}

/// Brings all stores together.
func converge(_ stores: [Store]) throws {
  for store in stores.dropFirst() { try stores[0].pull(from: store) }
  for store in stores.dropFirst() { try store.pull(from: stores[0]) }
}
