// SPDX-License-Identifier: MIT

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, and its texts.
///
/// All by integer arithmetic: no calendar, no locale, no Foundation. Moments come from other
/// machines, whose clocks may be anywhere; so no value traps. What RFC 3339 can't say, because the
/// year is not between 0000 and 9999, is written as the nearest moment that it can.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
  public var milliseconds: Int64

  /// The moment that many milliseconds after 1970-01-01T00:00:00Z.
  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// The first moment that RFC 3339 can say: 0000-01-01T00:00:00Z.
  public static let earliest = Timestamp(milliseconds: -62_167_219_200_000)
  /// The last one: 9999-12-31T23:59:59.999Z.
  public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

  /// Whether `left` comes before `right`.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The moment as people's clocks show it at an offset from UTC.
  struct Local {
    var date: CivilDate
    /// Days since 1970-01-01.
    var day: Int64
    var hour: Int64
    var minute: Int64
    var second: Int64
    var millisecond: Int64

    var clock: String { CivilDate.digits(hour, 2) + ":" + CivilDate.digits(minute, 2) }
  }

  func local(offsetSeconds: Int) -> Local {
    let clamped = min(max(self, .earliest), .latest).milliseconds
    let offset = Int64(min(max(offsetSeconds, -86_400), 86_400)) * 1000
    // The offset may not lead out of the years that can be written, either.
    let shifted = min(
      max(clamped + offset, Self.earliest.milliseconds), Self.latest.milliseconds)
    let seconds = shifted.flooredQuotient(by: 1000)
    let day = seconds.flooredQuotient(by: 86_400)
    let ofDay = seconds - day * 86_400
    return Local(
      date: CivilDate(daysSinceEpoch: day), day: day, hour: ofDay / 3600,
      minute: ofDay / 60 % 60, second: ofDay % 60, millisecond: shifted - seconds * 1000)
  }
}

extension Timestamp {
  /// RFC 3339 in UTC: `2026-11-20T09:15:00Z`, with `.123` only when the milliseconds are not 0.
  public var rfc3339: String {
    let utc = local(offsetSeconds: 0)
    return String(unsafeUninitializedCapacity: 24) { buffer in
      var count = 0
      func put(_ number: Int64, _ width: Int, then end: StaticString) {
        var rest = number
        for place in stride(from: count + width - 1, through: count, by: -1) {
          buffer[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        }
        count += width
        if end.utf8CodeUnitCount > 0 {
          buffer[count] = end.utf8Start[0]
          count += 1
        }
      }
      put(utc.date.year, 4, then: "-")
      put(utc.date.month, 2, then: "-")
      put(utc.date.day, 2, then: "T")
      put(utc.hour, 2, then: ":")
      put(utc.minute, 2, then: ":")
      put(utc.second, 2, then: utc.millisecond == 0 ? "Z" : ".")
      if utc.millisecond != 0 { put(utc.millisecond, 3, then: "Z") }
      return count
    }
  }

  /// `2026-11-20 09:15` at an offset from UTC.
  public func localText(offsetSeconds: Int) -> String {
    let local = local(offsetSeconds: offsetSeconds)
    return local.date.text + " " + local.clock
  }

  /// How long ago, for people: `just now`, `3 min ago`, `today 09:15`, `yesterday 14:05`,
  /// `2026-11-02`.
  ///
  /// A moment that lies ahead, because of a clock that runs fast, is `just now` within a minute,
  /// then `today 18:00`, `tomorrow 09:15`, and a date.
  ///
  /// - Parameters:
  ///   - now: the present moment.
  ///   - offsetSeconds: the reader's offset from UTC, east positive.
  public func relative(to now: Timestamp, offsetSeconds: Int) -> String {
    let present = min(max(now, .earliest), .latest)
    let moment = min(max(self, .earliest), .latest)
    let age = present.milliseconds - moment.milliseconds
    if age.magnitude < 60_000 { return "just now" }
    if age > 0, age < 3_600_000 { return "\(age / 60_000) min ago" }
    let local = moment.local(offsetSeconds: offsetSeconds)
    switch present.local(offsetSeconds: offsetSeconds).day - local.day {
    case 0: return "today " + local.clock
    case 1: return "yesterday " + local.clock
    case -1: return "tomorrow " + local.clock
    default: return local.date.text
    }
  }
}
