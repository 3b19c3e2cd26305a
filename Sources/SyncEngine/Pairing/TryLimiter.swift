// SPDX-License-Identifier: MIT

/// Counts tries of something that can be guessed: at most so many a minute from one place, and in
/// all. It holds no more than that many, whoever tries.
public struct TryLimiter: Sendable {
  /// Tries from one place in `seconds`.
  public let perPlace: Int
  /// Tries from everywhere in `seconds`.
  public let inAll: Int
  /// How long a try counts.
  public let seconds: Double

  private var tries: [(place: String, at: Double)] = []

  /// The limits, and no tries yet.
  public init(perPlace: Int = 5, inAll: Int = 30, seconds: Double = 60) {
    self.perPlace = perPlace
    self.inAll = inAll
    self.seconds = seconds
  }

  /// Whether another try may be made, which is counted then.
  ///
  /// - Parameters:
  ///   - place: where it comes from.
  ///   - now: a time in seconds that only goes forward.
  public mutating func take(_ place: String, at now: Double) -> Bool {
    tries.removeAll { now - $0.at >= seconds }
    guard tries.count < inAll, tries.count(where: { $0.place == place }) < perPlace else {
      return false
    }
    tries.append((place, now))
    return true
  }

  /// Takes a try back: it was none, since it succeeded.
  public mutating func giveBack(_ place: String) {
    if let last = tries.lastIndex(where: { $0.place == place }) { tries.remove(at: last) }
  }
}
