// SPDX-License-Identifier: MIT

/// Puts texts together from parts that come in order.
public struct TextAssembly: Sendable {
  private var begun: [[UInt8]: [UInt8]] = [:]

  /// Nothing begun.
  public init() {}

  /// Takes a part; returns the whole text when this was its last. A part that doesn't follow what
  /// is
  /// here starts its text over, or is left out.
  public mutating func take(_ part: TextPart) -> [UInt8]? {
    var bytes = begun[part.hash] ?? []
    if part.offset != bytes.count {
      guard part.offset == 0 else { return nil }
      bytes = []
    }
    bytes += part.bytes
    if bytes.count == part.total {
      begun[part.hash] = nil
      return bytes
    }
    begun[part.hash] = bytes
    return nil
  }

  /// How many bytes of a text are here.
  public func count(of hash: [UInt8]) -> Int { begun[hash]?.count ?? 0 }
}
