// SPDX-License-Identifier: MIT

/// A hash of everything that happened, in order: two runs of one seed must give the same.
struct Trace {
  /// FNV-1a, 64 bits (Fowler, Noll and Vo).
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  /// The last things that happened, for people.
  private(set) var recent: [String] = []
  /// Whether everything is told on standard output.
  var isVerbose = false

  private static let recentMax = 12

  mutating func add(_ event: String) {
    for byte in event.utf8 { mix(byte) }
    mix(0xFF)
    recent.append(event)
    if recent.count > Self.recentMax { recent.removeFirst() }
    if isVerbose { print(event) }
  }

  mutating func add(_ bytes: [UInt8]) {
    for byte in bytes { mix(byte) }
  }

  private mutating func mix(_ byte: UInt8) {
    hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
  }
}

/// A promise that was broken.
public struct Violation: Error, CustomStringConvertible, Sendable {
  /// Which promise: a word.
  public var invariant: String
  /// What was seen.
  public var detail: String
  /// The step at which it was seen.
  public var step = 0
  /// The last steps before.
  public var recent: [String] = []

  /// What was seen against the promise `invariant`.
  init(_ invariant: String, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }

  /// What happened, for people.
  public var description: String {
    (["step \(step): \(invariant): \(detail)"] + recent.map { "    \($0)" })
      .joined(separator: "\n")
  }
}
