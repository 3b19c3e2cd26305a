// SPDX-License-Identifier: MIT

extension Timestamp {
  /// The moment that an RFC 3339 text names; `nil` when it is none.
  ///
  /// Takes `2026-11-20T09:15:00Z`, an offset in place of `Z` (`+05:30`), any number of decimals
  /// (what is finer than milliseconds is cut off), lower-case `t` and `z` and a space for the `T`
  /// (RFC 3339, section 5.6). A leap second, `:60`, is the second after it. Days that the calendar
  /// doesn't have are refused.
  public init?(rfc3339 text: String) {
    var scanner = Scanner(bytes: Array(text.utf8))
    guard let year = scanner.digits(4), scanner.skip("-"), let month = scanner.digits(2),
      scanner.skip("-"), let day = scanner.digits(2), scanner.skip("Tt "),
      let hour = scanner.digits(2), scanner.skip(":"), let minute = scanner.digits(2),
      scanner.skip(":"), let second = scanner.digits(2), let fraction = scanner.milliseconds(),
      let offset = scanner.offsetSeconds(), scanner.isAtEnd
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    guard date.isValid, hour <= 23, minute <= 59, second <= 60 else { return nil }
    let ofDay = (hour * 60 + minute) * 60 + second
    milliseconds = (date.daysSinceEpoch * 86_400 + ofDay - offset) * 1000 + fraction
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    /// Exactly `count` digits.
    mutating func digits(_ count: Int) -> Int64? {
      guard position + count <= bytes.count else { return nil }
      var number: Int64 = 0
      for byte in bytes[position..<position + count] {
        guard (0x30...0x39).contains(byte) else { return nil }
        number = number * 10 + Int64(byte - 0x30)
      }
      position += count
      return number
    }

    /// One of those bytes.
    mutating func skip(_ choices: StaticString) -> Bool {
      guard position < bytes.count else { return false }
      let byte = bytes[position]
      guard choices.withUTF8Buffer({ $0.contains(byte) }) else { return false }
      position += 1
      return true
    }

    /// The decimals, if there are any.
    mutating func milliseconds() -> Int64? {
      guard skip(".") else { return 0 }
      guard let first = digits(1) else { return nil }
      var number = first * 100
      var unit: Int64 = 10
      while let digit = digits(1) {
        number += digit * unit
        unit /= 10  // 0 after three digits: the rest is read and cut off.
      }
      return number
    }

    /// `Z`, or hours and minutes east of UTC.
    mutating func offsetSeconds() -> Int64? {
      if skip("Zz") { return 0 }
      let isWest = position < bytes.count && bytes[position] == UInt8(ascii: "-")
      guard skip("+-"), let hours = digits(2), skip(":"), let minutes = digits(2),
        hours <= 23, minutes <= 59
      else { return nil }
      return (hours * 60 + minutes) * (isWest ? -60 : 60)
    }
  }
}
