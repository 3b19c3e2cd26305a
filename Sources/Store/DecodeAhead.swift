// SPDX-License-Identifier: MIT

import Merge

/// Reads large changes one ahead: while one is merged, another thread decodes the next.
///
/// Decoding needs nothing but the bytes, and takes a quarter of the time of a first sync.
final class DecodeAhead {
  private let changes: [EncodedChange]
  private var next: (index: Int, work: BackgroundWork<Result<Change, MergeError>>)?

  /// Changes that will be asked for by rising index.
  init(_ changes: [EncodedChange]) { self.changes = changes }

  /// The change at `index`; the one after it is begun.
  func change(at index: Int) throws(MergeError) -> Change {
    var result: Result<Change, MergeError>?
    if let next, next.index == index { result = next.work.take() }
    next = nil
    if index + 1 < changes.count, changes[index + 1].body.count >= BackgroundLimits.bytesMin {
      let encoded = changes[index + 1]
      next = (index + 1, BackgroundWork { Self.decode(encoded) })
    }
    return try (result ?? Self.decode(changes[index])).get()
  }

  private static func decode(_ encoded: EncodedChange) -> Result<Change, MergeError> {
    do throws(MergeError) {
      return .success(
        try ChangeCodec.decode(encoded.body, writer: encoded.writer, sequence: encoded.sequence))
    } catch {
      return .failure(error)
    }
  }
}
