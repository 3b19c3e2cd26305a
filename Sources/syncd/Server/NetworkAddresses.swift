// SPDX-License-Identifier: MIT

import NIOCore
import SyncEngine

/// Where other machines reach this one.
enum NetworkAddresses {
  /// The addresses that an invitation names, the best first: those that were configured; else where
  /// the daemon listens; and if that is everywhere, each address of this machine.
  static func reached(_ configuration: DaemonConfiguration, port: Int) -> [PeerAddress] {
    if !configuration.advertised.isEmpty { return configuration.advertised }
    let listen = configuration.listen
    guard listen.isWildcard else { return [PeerAddress(host: listen.host, port: port)] }
    let hosts = own(withIPv6: listen.host == "::")
    return (hosts.isEmpty ? ["127.0.0.1"] : hosts).prefix(Invite.addressesMax).map {
      PeerAddress(host: $0, port: port)
    }
  }

  /// This machine's addresses on networks: IPv4 first; no loopback, and none that need an
  /// interface's name beside them.
  private static func own(withIPv6: Bool) -> [String] {
    let devices = (try? System.enumerateDevices()) ?? []
    var hosts: [String] = []
    for device in devices {
      guard let address = device.address, let host = address.ipAddress else { continue }
      let isIPv4 = address.protocol == .inet
      guard isIPv4 || withIPv6 && address.protocol == .inet6 else { continue }
      if PeerAddress.isLoopback(host) || host.hasPrefix("fe80:") || host.hasPrefix("169.254.") {
        continue
      }
      if !hosts.contains(host) { hosts.append(host) }
    }
    return hosts.filter { !$0.contains(":") } + hosts.filter { $0.contains(":") }
  }
}
