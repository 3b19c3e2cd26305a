// SPDX-License-Identifier: MIT

import Glibc
public import Store

/// The real clock, randomness and machine, for the store.
public enum HostEnvironment {
  /// The environment of a store on this machine, which people call `name`.
  public static func store(name: String) -> StoreEnvironment {
    StoreEnvironment(
      now: {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
      },
      random: { UInt64.random(in: .min ... .max) }, deviceName: name, machineID: machineID())
  }

  /// The host's name.
  public static func hostName() -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    let result = gethostname(&bytes, bytes.count - 1)
    let name = String(
      decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return result == 0 && !name.isEmpty ? name : "this machine"
  }

  /// Where the store is when nobody says: the XDG data directory.
  public static func defaultStore(_ environment: [String: String]) -> String {
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/postil" }
    return (environment["HOME"] ?? "/") + "/.local/share/postil"
  }

  private static func machineID() -> String {
    guard let file = fopen("/etc/machine-id", "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
  }
}
