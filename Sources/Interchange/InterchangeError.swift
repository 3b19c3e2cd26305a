// SPDX-License-Identifier: MIT

/// Why a file can't be imported at all, or not to its end. What is wrong with single lines stands
/// in the report.
public struct InterchangeError: Error, Sendable, CustomStringConvertible {
  /// The class of the failure; programs map it to their exit codes.
  public enum Code: Hashable, Sendable {
    /// The bytes are not what the command takes.
    case badInput
    /// The file was written by a newer version.
    case newerFormat
    /// There is no such file.
    case notFound
    /// The file may not be read.
    case notAllowed
    /// The file can't be read to its end.
    case disk
  }

  /// The class of the failure.
  public var code: Code
  /// What happened to which thing, and what to do: whole sentences, no period at the end.
  public var message: String

  /// A failure of class `code`.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
