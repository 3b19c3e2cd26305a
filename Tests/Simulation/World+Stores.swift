// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

extension World {
  /// Keeps the node's files as they are: a snapshot of the machine, or a copy made while nothing
  /// was written.
  func save(_ node: Node) throws {
    guard isOn(.rollback) || isOn(.copy) || isOn(.twin), node.fault == .healthy else { return }
    let keep = any([0, 50, 100]) ?? 100
    node.saved.append(node.saved(seed: dice.next(), keep: keep))
    if node.saved.count > 4 { node.saved.removeFirst() }
    trace.add("\(step) n\(node.index) is saved, \(keep)")
  }

  /// Sets a store back in place: everything, so that nothing on the machine tells, or its database
  /// alone, or with files that are others.
  func setBack(_ node: Node) throws {
    // Each may take a name of its own, and a library has room for a thousand.
    guard counts.setBacks < 300, let saved = any(node.saved) else { return }
    counts.setBacks += 1
    try stop(node)
    let how = int(0..<4)
    trace.add("\(step) n\(node.index) is set back, \(how)")
    node.disk.settle(seed: dice.next(), keep: 100)
    node.disk.restore(saved.snapshot, identity: how < 2)
    node.knowsOfSetBack = how >= 2 || saved.knowsOfSetBack
    switch how {
    case 0, 1: allowFork(node)
    case 2: if node.markLags { allowFork(node) }
    default: node.disk.renewFiles()
    }
    node.promised = nil
    node.tips = saved.tips
    node.heard = saved.heard
    doubt(node, saved, of: node)
    node.version = VersionVector()
    try start(node)
    // Mostly it writes before it hears of what it had written.
    for _ in 0..<int(0...2) { try edit(node) }
  }

  /// What failed on a broken disk may stand in the files all the same: it shows itself where they
  /// are opened, and its number was perhaps given to something else meanwhile.
  private func doubt(_ node: Node, _ saved: Node.Saved, of original: Node) {
    guard saved.isDoubtful else { return }
    node.isDoubtful = true
    node.mayHoldForged = saved.mayHoldForged
    allowFork(original)
    allowFork(mintedIn: node.disk.identity)
  }

  /// Whatever this node has written, it may write again and not know.
  private func allowFork(_ node: Node) {
    for (writer, owner) in owners where owner == node.index || mayFork.contains(writer) {
      mayFork.insert(writer)
    }
    allowFork(mintedIn: node.disk.identity)
  }

  /// A name that was minted, and that nothing was written under yet.
  private func allowFork(mintedIn identity: [UInt8]?) {
    let lines = String(decoding: identity ?? [], as: UTF8.self).split(separator: "\n")
    if lines.count > 1, let raw = Bytes16(uuidText: String(lines[1])) {
      mayFork.insert(WriterID(raw))
    }
  }

  /// Copies a store to another place. What is restored there takes the place of the original, or is
  /// used beside it.
  func copy(_ node: Node) throws {
    guard nodes.count < options.nodes.upperBound + 3 else { return }
    let saved = any(node.saved) ?? node.saved(seed: 0, keep: 100)
    guard saved.snapshot.database[0] != nil, node.fault == .healthy else { return }
    counts.copies += 1
    let isTwin = isOn(.twin) && (!isOn(.copy) || chance(50))
    let takesOver = chance(40)
    let copy = try addNode(device: node.device, isOpen: false)
    if !takesOver { answering[node.device] = node.index }
    copy.isReader = node.isReader
    trace.add("\(step) n\(copy.index) is a \(isTwin ? "twin" : "copy") of n\(node.index)")
    copy.disk.restore(saved.snapshot, identity: true)
    // What was copied to the machine already, and not yet written to there, is a copy on its twin
    // as well.
    if isTwin, saved.snapshot.isBound, let identity = copy.disk.identity {
      copy.disk.identity = copy.disk.bound(identity)
      allowFork(node)
      // The node itself may have been set back since, and minted another.
      allowFork(mintedIn: identity)
    }
    copy.knowsOfSetBack = saved.knowsOfSetBack
    copy.tips = saved.tips
    copy.heard = saved.heard
    doubt(copy, saved, of: node)
    try start(copy)
    if takesOver {
      try stop(node)
      node.isRetired = true
    }
  }

  /// Makes the node's state anew from its log.
  func rebuild(_ node: Node) throws {
    trace.add("\(step) n\(node.index) is made anew")
    try use(node, .care) { try $0.rebuild() }
  }

  /// The node revokes another device.
  func revoke(_ node: Node) throws {
    let devices = Set(living.filter { !$0.isReader }.map(\.device))
    var victim = any(devices.filter { $0 != node.device }.sorted()) ?? Hostile.device
    if hostile != nil, chance(50) || devices.count <= 2 { victim = Hostile.device }
    guard revocations.isEmpty, devices.count > 2 || victim == Hostile.device, !node.isReader,
      let peer = try? node.store?.peer(key: Node.key(ofDevice: victim))
    else { return }
    trace.add("\(step) n\(node.index) revokes device \(victim)")
    try use(node, .edit) { try $0.revokePeer(peer) }
  }
}
