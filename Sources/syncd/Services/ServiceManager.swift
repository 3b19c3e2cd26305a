// SPDX-License-Identifier: MIT

import Glibc

/// Tells the service manager how it goes, as `sd_notify(3)` does; without one, nothing happens.
enum ServiceManager {
  static func tell(_ state: String, environment: [String: String]) {
    guard let path = environment["NOTIFY_SOCKET"], !path.isEmpty, path.utf8.count < 107 else {
      return
    }
    let file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return }
    defer { close(file) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      for (place, byte) in path.utf8.enumerated() { target[place] = byte }
      // '@' stands for an abstract socket, whose name begins with a zero.
      if path.hasPrefix("@") { target[0] = 0 }
    }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
    let bytes = Array(state.utf8)
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(file, bytes, bytes.count, 0, $0, length)
      }
    }
  }
}
