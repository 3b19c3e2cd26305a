// SPDX-License-Identifier: MIT

/// Why packed bytes can't be unpacked.
public enum PackingError: Error, Hashable, Sendable {
  /// The first byte names no way of packing that this version knows.
  case unknownForm(UInt8)
  /// More bytes than the reader takes.
  case tooLarge(UInt64, limit: Int)
  /// The bytes are not what this way of packing makes.
  case malformed
}

extension PackingError: CustomStringConvertible {
  /// What is wrong, for a sentence.
  public var description: String {
    switch self {
    case .unknownForm(let form): "packed in a way that this version does not know (\(form))"
    case .tooLarge(let size, let limit): "\(size) bytes when unpacked, of at most \(limit)"
    case .malformed: "packed bytes that can't be unpacked"
    }
  }
}
