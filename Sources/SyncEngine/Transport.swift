// SPDX-License-Identifier: MIT

/// The way to one peer: sends a message and brings the answer. libcurl in production, a simulated
/// network in tests.
public protocol Transport: Sendable {
  /// Sends `body` to one of the peer's routes.
  func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8]
}

/// What a peer serves to its peers.
public enum SyncRoute: String, Sendable, CaseIterable {
  /// One round of an exchange.
  case exchange = "/v1/exchange"
  /// Texts, asked for.
  case getTexts = "/v1/texts/get"
  /// Texts, pushed to one who wants them.
  case putTexts = "/v1/texts/put"
}
