// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

/// A paired peer that means no good, or is broken beyond telling.
struct Hostile {
  let key: [UInt8]
  let role: Peer.Role

  init(_ world: World) throws {
    key = Node.key(ofDevice: Self.device)
    role = world.chance(50) ? .write : .read
  }

  /// Not a device of any node.
  static let device = -1
}

extension World {
  func attack(_ node: Node) throws {}
  func callHostile(_ node: Node, _ peer: Peer) throws {}
}
