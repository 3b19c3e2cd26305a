// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

extension World {
  /// What may have changed a store.
  enum Cause: Equatable {
    /// Its person wrote something, or nothing.
    case edit
    /// A message of a peer came. `isForged`: nobody honest sent it as it is.
    case message(isForged: Bool)
    /// A message came of somebody whose changes may not be taken.
    case refused
    /// It was opened again.
    case recovery
    /// Nothing that may change it.
    case care
  }

  /// Runs `body` on the node's store and looks what came of it. True when it was done; false when
  /// it failed as it may.
  @discardableResult
  func use(_ node: Node, _ cause: Cause, _ body: (Store) throws -> Void) throws -> Bool {
    guard node.store != nil else { return false }
    let failures = node.disk.failures
    // Nobody may hold the store when its power goes off.
    let error = try attempt(node, body)
    if let error {
      guard node.disk.failures > failures || node.fault == .power else {
        try expectHarmless(error, cause, node)
        return try observed(node, cause, false)
      }
      // The disk failed: it may be done all the same, and shows itself when the store is opened.
      counts.failures += 1
      trace.add("  n\(node.index) failed: \(Self.kind(of: error))")
      node.isDoubtful = true
      if cause == .message(isForged: true) { node.mayHoldForged = true }
    }
    if node.fault == .power && node.disk.failures > 0 {
      try recover(node)
      return false
    }
    // Done means done, even if the disk failed at something else.
    return try observed(node, cause, error == nil)
  }

  private func attempt(_ node: Node, _ body: (Store) throws -> Void) throws -> (any Error)? {
    guard let store = node.store else { return nil }
    do {
      try body(store)
      return nil
    } catch let violation as Violation {
      throw violation
    } catch {
      return error
    }
  }

  private func observed(_ node: Node, _ cause: Cause, _ isDone: Bool) throws -> Bool {
    try observe(node, cause)
    return isDone
  }

  /// Without a broken disk, only wishes that can't be met fail.
  private func expectHarmless(_ error: any Error, _ cause: Cause, _ node: Node) throws {
    counts.refusals += 1
    trace.add("  n\(node.index): \(Self.kind(of: error))")
    if trace.isVerbose { print("    \(error)") }
    switch error {
    case let error as StoreError where cause == .edit:
      if [.notFound, .ambiguous, .badInput].contains(error.code) { return }
    case is SyncError:
      if case .message = cause { return }
      if cause == .refused { return }
    case let error as StoreError where error.code == .refusedChange:
      // What was put together from parts of which one was another.
      if isOn(.flip) || isOn(.cut) || isOn(.hostile) { return }
    default: break
    }
    throw Violation("no failure without a fault", "n\(node.index), \(cause): \(error)")
  }

  static func kind(of error: any Error) -> String {
    switch error {
    case let error as StoreError: "\(error.code)"
    case let error as SyncError: "\(error.code)"
    default: "\(type(of: error))"
    }
  }

  /// Looks at what the store holds, and whether that keeps every promise.
  func observe(_ node: Node, _ cause: Cause) throws {
    let isCut = try look(at: node, cause)
    if isCut { try recover(node) }
  }

  /// True when the power went off.
  private func look(at node: Node, _ cause: Cause) throws -> Bool {
    guard let store = node.store else { return false }
    let own: OwnHoldings
    do {
      let holdings = try store.holdings()
      if holdings.fingerprint == node.fingerprint && cause != .recovery {
        guard holdings.version == node.version else {
          throw Violation(
            "equal fingerprints, equal versions", "n\(node.index): \(holdings.version.entries)")
        }
        try expectPromised(node, store)
        return false
      }
      own = try store.ownHoldings()
      try lookUp(own, node, store, cause)
    } catch let error as StoreError {
      // A disk that can't be read shows nothing.
      guard node.fault == .readError || node.fault == .power else {
        throw Violation("no failure without a fault", "n\(node.index) can't be read: \(error)")
      }
      node.isDoubtful = true
      return node.fault == .power && node.disk.failures > 0
    }
    try expectPromised(node, store)
    trace.add("  n\(node.index) holds \(own.holdings.version.total)")
    trace.add(own.holdings.fingerprint.bytes)
    return false
  }

  /// What the store said was made is there.
  private func expectPromised(_ node: Node, _ store: Store) throws {
    guard let promised = node.promised, node.fault != .readError else { return }
    node.promised = nil
    guard try !store.log(of: promised, limit: 1).isEmpty else {
      throw Violation("done means done", "n\(node.index) lacks \(promised.raw.uuidText)")
    }
  }

  /// Finds the ends of what the store holds among all changes there are.
  private func lookUp(
    _ own: OwnHoldings, _ node: Node, _ store: Store, _ cause: Cause
  ) throws {
    func find(_ tip: ClaimedTip) -> Int? { tree.find(tip.writer, tip.count, tip.hash) }
    if own.claim.tips.contains(where: { find($0) == nil }) {
      let news = try store.changes(missingFrom: node.version, bytesMax: .max).changes
      for change in news { try admit(change, node, cause) }
    }
    var tips: [Int] = []
    for tip in own.claim.tips {
      guard let index = find(tip) else {
        throw Violation(
          "known changes", "n\(node.index) claims \(tip.count) of \(tip.writer.label)")
      }
      tips.append(index)
    }
    tips.sort()
    for tip in node.tips where !tree.covers(tips, tip) {
      let lost = tree.changes[tip]
      throw Violation(
        "nothing acknowledged is lost",
        "n\(node.index) lost change \(lost.number) of \(lost.writer.label) (\(cause))")
    }
    if [.refused, .care].contains(cause), tips != node.tips {
      throw Violation("refused means refused whole", "n\(node.index) took something (\(cause))")
    }
    try expectSound(own, tips, node)
    if case .message = cause {
      for tip in tips where !tree.covers(node.tips, tip) {
        node.heard.insert(tree.changes[tip].writer)
      }
    }
    node.tips = tips
    node.fingerprint = own.holdings.fingerprint
    node.version = own.holdings.version
  }

  /// Takes a change that nobody has shown before into the tree, if it may be there.
  private func admit(_ encoded: EncodedChange, _ node: Node, _ cause: Cause) throws {
    let isForged =
      cause == .message(isForged: true)
      || cause == .recovery && node.mayHoldForged && !isOwn(encoded, node)
    let (index, isNew) = try tree.add(encoded, isForged: isForged)
    guard isNew else { return }
    let known = tree.changes[index]
    noteRevocations(of: index)
    let what = "n\(node.index): change \(known.number) of \(known.writer.label)"
    if trace.isVerbose { print("    \(what): \(known.change.sketch)") }
    if isForged {
      counts.forged += 1
      return
    }
    guard cause == .edit || cause == .recovery && node.isDoubtful else {
      throw Violation("known changes", "\(what) came from nowhere (\(cause))")
    }
    guard !node.heard.contains(known.writer) else {
      throw Violation("what others told of is not written on", what)
    }
    let owner = owners[known.writer] ?? node.index
    owners[known.writer] = owner
    let isTwin = mayFork.contains(known.writer)
    guard owner == node.index || isTwin else {
      throw Violation("one writer, one store", "\(what) is written under n\(owner)'s name")
    }
    let siblings = tree.siblings(known.writer, known.number).filter {
      $0 != index && !tree.changes[$0].isForged
    }
    guard siblings.isEmpty || isTwin else {
      throw Violation("one number, one change", "\(what) is there already")
    }
    if cause == .recovery { node.markLags = true } else { node.markLags = false }
  }

  /// Whether the node may have written this itself.
  private func isOwn(_ encoded: EncodedChange, _ node: Node) -> Bool {
    !node.heard.contains(encoded.writer)
      && (owners[encoded.writer] ?? node.index) == node.index
      && encoded.writer != hostile?.writer
      && tree.siblings(encoded.writer, encoded.sequence).isEmpty
  }

  /// Remembers which devices a change revokes: also one that nobody was told is done.
  private func noteRevocations(of index: Int) {
    for operation in tree.changes[index].change.operations {
      guard case .assign(.revoked, _, .some) = operation.action else { continue }
      let devices = [Hostile.device] + nodes.map(\.device)
      let device = devices.first { device in
        Bytes16(Node.key(ofDevice: device)).map { EntityID(kind: .device, raw: $0) }
          == operation.entity
      }
      if let device { revocations.append((device, index)) }
    }
  }

  /// What a store says of itself must fit together.
  private func expectSound(_ own: OwnHoldings, _ tips: [Int], _ node: Node) throws {
    let total = tree.count(tips)
    guard own.holdings.version.total == total else {
      throw Violation(
        "the version counts what is held",
        "n\(node.index) counts \(own.holdings.version.total) and holds \(total)")
    }
    let fingerprint = own.holdings.fingerprint
    let (same, content) = (fingerprints[tips], contents[fingerprint])
    guard same ?? fingerprint == fingerprint, content ?? tips == tips else {
      throw Violation("equal fingerprints, equal contents", "n\(node.index)")
    }
    fingerprints[tips] = fingerprint
    contents[fingerprint] = tips
  }
}
