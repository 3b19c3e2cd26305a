// SPDX-License-Identifier: MIT

public import Merge

/// What a store needs from outside and cannot make itself: time, randomness, and who it runs for.
/// Programs hand in the real ones, tests and the simulator their own.
public struct StoreEnvironment: Sendable {
  /// The wall clock, milliseconds since 1970, UTC.
  public var now: @Sendable () -> Int64
  /// 64 random bits, fit for ids and secrets.
  public var random: @Sendable () -> UInt64
  /// What people call this machine.
  public var deviceName: String
  /// What tells this machine from a clone of it, as far as the system knows; may be empty.
  public var machineID: String
  /// From how many changed entities on another thread writes their rows while a transaction goes
  /// on. Fewer in tests, where few things happen.
  public var rowsAheadMin = 256

  /// An environment with all its parts.
  public init(
    now: @escaping @Sendable () -> Int64, random: @escaping @Sendable () -> UInt64,
    deviceName: String, machineID: String
  ) {
    self.now = now
    self.random = random
    self.deviceName = deviceName
    self.machineID = machineID
  }

  /// Sixteen random bytes.
  public func random16() -> Bytes16 { Bytes16(high: random(), low: random()) }
}
