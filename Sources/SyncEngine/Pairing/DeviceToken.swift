// SPDX-License-Identifier: MIT

import Merge
public import Store

/// What one store shows another where a proxy ends TLS and no device key can be shown: 32 random
/// bytes. Each side keeps the other's only as a SHA-256.
public struct DeviceToken: Hashable, Sendable {
  /// The bytes.
  public var bytes: [UInt8]

  /// Bytes of a token.
  public static let byteCount = 32

  /// A new token.
  public init(random environment: StoreEnvironment) {
    bytes = environment.random16().bytes + environment.random16().bytes
  }

  /// The token with these bytes; nil when they are not 32.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Reads 64 hexadecimal digits.
  public init?(hex: some StringProtocol) {
    guard hex.utf8.count == Self.byteCount * 2, hex.allSatisfy(\.isHexDigit) else { return nil }
    var bytes: [UInt8] = []
    var digits = hex[...]
    while !digits.isEmpty {
      guard let byte = UInt8(digits.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      digits = digits.dropFirst(2)
    }
    self.bytes = bytes
  }

  /// 64 hexadecimal digits.
  public var hex: String { Self.hex(bytes) }

  /// Hexadecimal digits of any bytes.
  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// What is kept of it on the other side.
  public var hash: [UInt8] { Chain.sha256(bytes) }

  /// The value of the header `Authorization` that shows it.
  public var header: String { "Postil \(hex)" }

  /// Reads the header.
  public init?(header: String) {
    guard header.hasPrefix("Postil ") else { return nil }
    self.init(hex: header.dropFirst(7))
  }
}
