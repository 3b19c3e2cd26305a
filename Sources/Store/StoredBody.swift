// SPDX-License-Identifier: MIT

import Merge
import Packing

/// A change's body as the log's rows hold it: the bytes themselves, which begin with their format,
/// 1 or more; or 0 and then `BodyPacker`'s bytes.
enum StoredBody {
  /// What a packed body begins with: no format of a body.
  private static let mark: UInt8 = 0

  /// Bodies of fewer bytes stand as they are.
  private static let packedMin = 256

  /// A body for the log.
  ///
  /// - Parameter packed: the body as it was packed already, elsewhere.
  static func stored(_ body: [UInt8], packed: [UInt8]?, _ packer: BodyPacker) -> [UInt8] {
    if body.count < packedMin { return body }
    guard let packed = packed ?? packer.pack([body]), packed.count < body.count else {
      return body
    }
    return [mark] + packed
  }

  /// A body for the log; waits for one that is still being packed.
  static func stored(_ body: PendingRows.ChangeRow.Body) -> [UInt8] {
    switch body {
    case .stored(let bytes): return bytes
    case .packing(let body, let work):
      guard let packed = work.take() ?? nil, packed.count < body.count else { return body }
      return [mark] + packed
    }
  }

  /// The bytes that were packed; nil when the body stands as it is.
  static func packed(_ stored: [UInt8]) -> [UInt8]? {
    stored.first == mark ? Array(stored.dropFirst()) : nil
  }

  /// The body in a row of the log.
  ///
  /// - Throws: `StoreError`, `damaged`, when it can't be unpacked.
  static func body(_ stored: [UInt8], _ packer: BodyPacker) throws(StoreError) -> [UInt8] {
    guard let packed = packed(stored) else { return stored }
    do {
      return try packer.unpack(packed, count: 1, bytesMax: ChangeLimits.bytesMax)[0]
    } catch {
      throw StoreError(.damaged, "a change in the log: \(error); run: clientctl doctor")
    }
  }
}
