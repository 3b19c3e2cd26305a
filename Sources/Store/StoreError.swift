// SPDX-License-Identifier: MIT

public import Merge

/// What went wrong in a store, to which thing, and what can be done about it.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// The class of the failure; programs map it to their exit codes.
  public enum Code: Hashable, Sendable {
    /// Bad bytes, a bad name, a bad query: the input must change.
    case badInput
    /// No such article, annotation, tag, peer or change.
    case notFound
    /// A prefix, a quote or a wish that fits several things.
    case ambiguous
    /// The store or a file may not be touched: owner, mode, role, kind of file system.
    case notAllowed
    /// The store was written by a newer version.
    case newerStore
    /// Another process holds the store's lock and did not let go in time.
    case busy
    /// The disk is full, read-only or broken; nothing was changed, unless `isAfterCommit`.
    case disk
    /// The file is not what it should be; `doctor` tells more.
    case damaged
    /// A peer's change breaks a rule of the log.
    case refusedChange
    /// Something that should not happen.
    case `internal`
  }

  /// The class of the failure.
  public var code: Code
  /// What happened to which thing, and what to do: whole sentences, no period at the end.
  public var message: String
  /// Ids that fit, when the wish was ambiguous.
  public var candidates: [EntityID] = []
  /// What broke a rule of the log, when a change was refused.
  public var merge: MergeError?
  /// Whether something that was asked of this store was committed before: what failed is a look at
  /// it.
  public var isAfterCommit = false

  /// A failure of class `code`.
  public init(_ code: Code, _ message: String, candidates: [EntityID] = []) {
    self.code = code
    self.message = message
    self.candidates = candidates
  }

  /// The message.
  public var description: String { message }
}
