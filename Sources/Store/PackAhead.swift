// SPDX-License-Identifier: MIT

import GRDB
import Packing

/// Packs large bodies on another thread, while the transaction that logged them goes on.
///
/// A body is in the log as it is until its packed form takes its place: whoever reads the log in
/// the same transaction finds it either way. One at a time; `finish` before the commit.
final class PackAhead {
  private var pending: (key: Int64, work: BackgroundWork<[UInt8]?>)?

  /// Begins to pack a body that was logged under this key. The one before is finished first.
  func begin(key: Int64, body: [UInt8], _ statements: WriteStatements) throws {
    try finish(statements)
    pending = (key, BackgroundWork { BodyPacker().pack([body]) })
  }

  /// Waits for what was begun, and puts it into the log if it is smaller.
  func finish(_ statements: WriteStatements) throws {
    guard let (key, work) = pending else { return }
    pending = nil
    guard let packed = work.take() ?? nil else { return }
    let statement = try statements.changePack()
    try statement.bind(1, StoredBody.stored(packed: packed))
    try statement.bind(2, key)
    try statement.run()
  }
}
