// SPDX-License-Identifier: MIT

/// Puts texts together from parts that come in order.
public struct TextAssembly: Sendable {
  private var begun: [[UInt8]: [UInt8]] = [:]
  /// Bytes of all texts that were begun.
  public private(set) var byteCount = 0

  /// Nothing begun.
  public init() {}

  /// Takes a part; returns the whole text when this was its last. A part that doesn't follow what
  /// is here starts its text over, or is left out.
  public mutating func take(_ part: TextPart) -> [UInt8]? {
    let start = count(of: part.hash)
    if part.offset != start {
      guard part.offset == 0 else { return nil }
      forget(part.hash)
    }
    // Taken out while it grows: an array that somebody else holds too is copied as a whole.
    var bytes = begun.removeValue(forKey: part.hash) ?? []
    bytes += part.bytes
    byteCount += part.bytes.count
    if bytes.count == part.total {
      byteCount -= bytes.count
      return bytes
    }
    begun[part.hash] = bytes
    return nil
  }

  /// How many bytes of a text are here.
  public func count(of hash: [UInt8]) -> Int { begun[hash]?.count ?? 0 }

  /// Forgets a text that was begun.
  public mutating func forget(_ hash: [UInt8]) {
    byteCount -= begun.removeValue(forKey: hash)?.count ?? 0
  }

  /// Forgets every text that was begun but one.
  public mutating func forgetAll(but hash: [UInt8]) {
    for other in begun.keys where other != hash { forget(other) }
  }
}
