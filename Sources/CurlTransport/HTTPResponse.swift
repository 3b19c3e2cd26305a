// SPDX-License-Identifier: MIT

/// A whole answer. Any status is an answer: a 302 isn't followed, and a 500 isn't an error here.
public struct HTTPResponse: Sendable {
  /// The status code, 200 to 999: interim answers aren't shown.
  public let status: Int
  /// The headers as they came.
  public let headers: HTTPHeaders
  /// The body as it came: chunks are joined, nothing is inflated.
  public let body: [UInt8]
  /// The numeric address that answered, `127.0.0.1:7780` or `[::1]:7780`.
  public let remoteAddress: String
}

/// An answer whose body is still coming. Dropping it cuts the transfer.
public struct HTTPStream: Sendable {
  /// The status code, 200 to 999.
  public let status: Int
  /// The headers as they came.
  public let headers: HTTPHeaders
  /// The numeric address that answers, `127.0.0.1:7780` or `[::1]:7780`.
  public let remoteAddress: String
  /// The body, as its parts arrive.
  public let body: HTTPBody
}

/// An answer's headers, in their order, found by name whatever the case of its letters.
public struct HTTPHeaders: Sendable, Hashable {
  /// One header line.
  public struct Field: Sendable, Hashable {
    /// The name as the peer wrote it.
    public var name: String
    /// The value without the white space around it.
    public var value: String
  }

  /// The lines in the order in which they came.
  public internal(set) var fields: [Field] = []

  /// The first value under the name, or `nil`.
  public subscript(name: String) -> String? {
    fields.first { Self.areSame($0.name, name) }?.value
  }

  /// All values under the name, in their order.
  public func values(of name: String) -> [String] {
    fields.filter { Self.areSame($0.name, name) }.map(\.value)
  }

  /// Whether two names differ in the case of ASCII letters at most (RFC 9110, 5.1).
  static func areSame(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count
      && zip(left.utf8, right.utf8).allSatisfy { lowercased($0) == lowercased($1) }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }
}
