// SPDX-License-Identifier: MIT

internal import CCurl

/// Why a request had no answer.
///
/// The message is whole sentences for a person: what happened, to which URL, and what to do. It has
/// no header, no body, and of the URL neither query nor fragment, where tokens may be.
public struct CurlError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The class of a failure, for the code that decides what comes next.
  public enum Code: Sendable, Hashable {
    /// The request itself can't be sent: asking again won't help.
    case invalidRequest
    /// The host's name has no address, or couldn't be looked up.
    case cannotResolve
    /// Nobody took the connection.
    case cannotConnect
    /// The connection ended before the answer did.
    case connectionLost
    /// One of the request's time limits passed.
    case timedOut
    /// No secure connection came about, or our certificate couldn't be used.
    case tlsFailed
    /// The peer's key isn't the pinned one.
    case pinMismatch
    /// The answer was larger than its limit.
    case tooLarge
    /// What came back isn't HTTP/1, or isn't an answer to what was asked.
    case badResponse
    /// The task that asked was cancelled.
    case cancelled
    /// The client has as many transfers as it may have.
    case overloaded
    /// The client was shut down.
    case shutDown
    /// Anything else, with libcurl's number for it.
    case other(Int)
  }

  /// The class of the failure.
  public let code: Code
  /// What happened, to which URL, and what to do.
  public let message: String

  /// The message.
  public var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The error for libcurl's result.
  ///
  /// - Parameters:
  ///   - result: anything but `CURLE_OK`.
  ///   - detail: libcurl's own words, which may be in part the peer's.
  ///   - target: the URL, fit to be shown.
  init(_ result: CURLcode, detail: String, target: String) {
    let code = Code(result)
    let reason = Self.printable(detail)
    let why = reason.isEmpty ? "" : " (\(reason))"
    self.init(code, "\(code.sentence) \(target)\(why). \(code.advice)")
  }

  /// The error for one of our own checks.
  init(_ code: Code, target: String, because reason: String) {
    self.init(code, "\(code.sentence) \(target) (\(reason)). \(code.advice)")
  }

  /// The error for a call of libcurl that has no request to be about.
  static func libcurl(_ number: Int, _ action: String) -> CurlError {
    CurlError(
      .other(number), "libcurl could not \(action) (its code \(number)). Restart the program.")
  }

  /// At most 200 printable ASCII characters of a text that may be a peer's.
  static func printable(_ text: String) -> String {
    String(decoding: text.utf8.prefix(200).filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
  }
}
