// SPDX-License-Identifier: MIT

/// What the text CRDT refuses, and where. Nothing was changed when one of these is thrown.
public enum TextError: Error, Hashable, Sendable {
  /// `op` names a parent that the history doesn't hold.
  case unknownParent(op: Dot, parent: Dot)
  /// `op` builds on a version older than the one from which the history was loaded.
  case beforeBase(op: Dot)
  /// The history holds an op of that name already.
  case duplicate(Dot)
  /// The history holds no op of that name.
  case unknownOperation(Dot)
  /// An edit at `position` of a text of `count` code points. `op` is nil for an edit of no op.
  case positionOutside(op: Dot?, position: Int, count: Int)
  /// An edit that takes out `deleted` code points at `position` of a text of `count`.
  case deletionOutside(op: Dot?, position: Int, deleted: Int, count: Int)
  /// An op, or one of its edits, that neither takes out nor puts in anything.
  case emptyEdit(Dot)
  /// More than the named limit allows. `op` is nil when no one op is to blame.
  case tooLong(op: Dot?, limit: TextLimit)
  /// Characters that `op` took out are older than the version from which the history was loaded.
  case textNotLoaded(op: Dot)
  /// Bytes that are no encoded history: what is wrong, and at which byte.
  case malformed(offset: Int, what: TextFlaw)
}

/// The limits of a text and its history.
public enum TextLimit: String, Hashable, Sendable {
  /// Code points in one text: 16 Mi.
  case text
  /// Code points put in and taken out in one history: 1 Gi less one.
  case history
  /// Parents of one op: 65,535.
  case parents

  /// The greatest number allowed.
  @inlinable public var most: Int {
    switch self {
    case .text: 16 << 20
    case .history: 1 << 30 - 1
    case .parents: 65_535
    }
  }
}

/// What can be wrong with encoded bytes.
public enum TextFlaw: String, Hashable, Sendable {
  /// The first byte names a format that this program doesn't know.
  case version = "unknown version"
  /// The bytes end in the middle of something.
  case truncated = "cut short"
  /// Bytes remain after the end.
  case trailing = "bytes after the end"
  /// A number is greater than what can follow.
  case number = "a number out of range"
  /// Text that is not UTF-8.
  case utf8 = "text that is not UTF-8"
  /// Compressed bytes that don't unpack.
  case compression = "compressed bytes that don't unpack"
  /// Parts that contradict one another.
  case inconsistent = "parts that contradict one another"
}

extension TextError: CustomStringConvertible {
  /// One line: what was refused, which op, and why.
  public var description: String {
    switch self {
    case .unknownParent(let op, let parent):
      "\(Self.name(op)): its parent, \(Self.name(parent)), is not in this text's history"
    case .beforeBase(let op):
      "\(Self.name(op)): built on a version older than the history that is loaded"
    case .duplicate(let op): "\(Self.name(op)): already in this text's history"
    case .unknownOperation(let op): "\(Self.name(op)): not in this text's history"
    case .positionOutside(let op, let position, let count):
      "\(Self.name(op)): position \(position) is outside the text of \(count) code points"
    case .deletionOutside(let op, let position, let deleted, let count):
      "\(Self.name(op)): \(deleted) code points to take out at \(position)"
        + " of a text of \(count)"
    case .emptyEdit(let op): "\(Self.name(op)): an edit that takes out nothing and puts in nothing"
    case .tooLong(let op, let limit):
      "\(Self.name(op)): more than \(limit.most) \(limit.unit)"
    case .textNotLoaded(let op):
      "\(Self.name(op)): took out text that is older than the history that is loaded"
    case .malformed(let offset, let what): "encoded text history: \(what.rawValue), byte \(offset)"
    }
  }

  private static func name(_ dot: Dot?) -> String {
    guard let dot else { return "edit" }
    let hex = dot.writer.raw.bytes.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "edit \(hex.joined().prefix(8)):\(dot.sequence).\(dot.index)"
  }
}

extension TextLimit {
  fileprivate var unit: String {
    switch self {
    case .text: "code points in one text"
    case .history: "code points in one history"
    case .parents: "parents"
    }
  }
}
