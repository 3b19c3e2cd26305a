// SPDX-License-Identifier: MIT

import Merge

/// What a transaction has worked out and not written yet: values alone, so that another thread may
/// write them while the transaction goes on.
struct PendingRows: Sendable {
  /// A row of the log.
  struct ChangeRow: Sendable {
    let key: Int64
    let lamport: UInt64
    let time: Int64
    let hash: [UInt8]
    let body: Body
    let lines: [UInt8]?

    /// The body as `StoredBody` has it, or while it is still being packed.
    enum Body: Sendable {
      case stored([UInt8])
      case packing([UInt8], BackgroundWork<[UInt8]?>)
    }
  }

  /// A row of `entity`, and what hangs on it in other tables.
  struct EntityRow: Sendable {
    let id: EntityID
    let ordinal: Int64
    /// Of what it hangs on, the ordinals.
    let article: Int64?
    let parent: Int64?
    let isVisible: Bool
    let children: Int
    /// Who made it: the writer's ordinal; 0 when nobody has.
    let device: Int
    let first: Int64
    /// The packed state.
    let state: [UInt8]
    /// What was written of it last; nil for a new row.
    let before: EntityIndex?
    let index: EntityIndex
  }

  /// Later changes that speak of an entity.
  struct HistoryRow: Sendable {
    let entity: Int64
    let change: Int64
  }

  /// A text whose hash no row has yet.
  struct TextRow: Sendable {
    let hash: [UInt8]
    let content: [UInt8]
  }

  var changes: [ChangeRow] = []
  var history: [HistoryRow] = []
  var texts: [TextRow] = []
  var entities: [EntityRow] = []

  /// The texts that rows will speak of once these are written.
  var textHashes: Set<[UInt8]> {
    Set(texts.map(\.hash)).union(entities.flatMap { $0.index.revisions.map(\.hash) })
  }

  /// Whether there is nothing to write.
  var isEmpty: Bool {
    changes.isEmpty && history.isEmpty && texts.isEmpty && entities.isEmpty
  }
}
