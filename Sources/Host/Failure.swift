// SPDX-License-Identifier: MIT

public import Merge
public import Store

/// Why a program ends, with the exit code that all our programs share (`docs/cli.md`).
public struct Failure: Error, CustomStringConvertible, Sendable {
  /// The exit codes.
  public enum Code: Int32, Sendable {
    /// Nothing matched.
    case nothing = 1
    /// The command can't be understood, or its input can't be used.
    case usage = 2
    /// What was named isn't there.
    case notFound = 3
    /// A person must decide: several things fit, or values conflict.
    case needsDecision = 4
    /// A peer or the network.
    case network = 5
    /// Not allowed.
    case notAllowed = 6
    /// Done in part.
    case partly = 7
    /// Something went wrong here.
    case `internal` = 70
  }

  /// The exit code.
  public var code: Code
  /// What happened and what to do.
  public var message: String
  /// Ids that fit, when several do.
  public var candidates: [EntityID] = []

  /// A failure with this exit code.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// What a store's error means.
  public init(_ error: StoreError) {
    let code: Code =
      switch error.code {
      case .badInput: .usage
      case .notFound: .notFound
      case .ambiguous: .needsDecision
      case .notAllowed, .newerStore: .notAllowed
      case .refusedChange: .partly
      case .busy, .disk, .damaged, .internal: .internal
      }
    if error.isAfterCommit && (code == .internal || code == .notAllowed) {
      self.init(
        .partly, "what was written before is on the disk, but then: \(error.message)")
      return
    }
    self.init(code, error.message)
    candidates = error.candidates
  }

  /// The message.
  public var description: String { message }
}
