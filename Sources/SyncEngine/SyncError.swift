// SPDX-License-Identifier: MIT

/// Why an exchange with a peer did not come to its end.
public struct SyncError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The class of the failure.
  public enum Code: Hashable, Sendable {
    /// The peer can't be reached, or went away.
    case unreachable
    /// What came is not our protocol, or breaks a bound of it.
    case garbage
    /// The peer speaks a version of the protocol that this program doesn't.
    case version
    /// The peer holds another library.
    case otherLibrary
    /// The peer doesn't know us, or has removed us, or may not do this.
    case notAllowed
    /// What the person gave can't be used: a link, an address.
    case badInput
    /// The peer, or this store, could not do it now.
    case failed
  }

  /// The class of the failure.
  public var code: Code
  /// What happened and what to do; no period at the end.
  public var message: String

  /// A failure of class `code`.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

/// Bounds of the protocol, the same on both sides.
public enum SyncLimits {
  /// Bytes of changes in one message, before compression.
  public static let batchBytesMax = 4 << 20
  /// Bytes of one block of changes, before compression.
  public static let frameBytesMax = 1 << 20 + 64 << 10
  /// Bytes of one message as it goes over the wire.
  public static let messageBytesMax = 8 << 20
  /// Writers in one version.
  public static let writersMax = 10_000
  /// Lines of one writer's history in one claim: more than a store keeps branches.
  public static let linesPerWriterMax = 64
  /// Refusals in one answer, and in one exchange.
  public static let refusalsMax = 1_000
  /// Letters that are kept of the reason of one.
  public static let reasonLettersMax = 300
  /// Texts asked for in one message.
  public static let textsMax = 64
  /// Bytes of texts in one message.
  public static let textBytesMax = 4 << 20
  /// Bytes of one whole text.
  public static let wholeTextBytesMax = 64 << 20
  /// Round trips of one exchange, as a stop for a peer that never has enough.
  public static let roundsMax = 100_000
}
