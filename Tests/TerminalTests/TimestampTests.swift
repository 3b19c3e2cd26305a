// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Terminal

@Suite("Timestamps")
struct TimestampTests {
  @Test(
    "are written as RFC 3339 in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (1_795_166_100_000, "2026-11-20T09:15:00Z"), (1_795_166_100_007, "2026-11-20T09:15:00.007Z"),
      (951_782_400_000, "2000-02-29T00:00:00Z"), (-2_203_891_200_000, "1900-03-01T00:00:00Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (-62_167_219_200_000, "0000-01-01T00:00:00Z"), (.max, "9999-12-31T23:59:59.999Z"),
      (.min, "0000-01-01T00:00:00Z"),
    ] as [(Int64, String)])
  func written(milliseconds: Int64, expected: String) {
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == expected)
  }

  @Test(
    "are read with any offset and precision",
    arguments: [
      ("2026-11-20T09:15:00Z", 1_795_166_100_000), ("2026-11-20t14:45:00+05:30", 1_795_166_100_000),
      ("2026-11-20 04:15:00-05:00", 1_795_166_100_000), ("1970-01-01T00:00:00.5Z", 500),
      ("1970-01-01T00:00:00.123999999z", 123), ("1970-01-01T00:00:00.04Z", 40),
      ("1969-12-31T23:59:59.999Z", -1), ("2016-12-31T23:59:60Z", 1_483_228_800_000),
      ("1970-01-01T00:00:00-00:00", 0), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
    ] as [(String, Int64)])
  func read(text: String, expected: Int64) {
    #expect(Timestamp(rfc3339: text)?.milliseconds == expected)
  }

  @Test(
    "that are none are refused",
    arguments: [
      "", "2026-11-20", "2026-11-20T09:15:00", "2026-11-20T09:15Z", "2026-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
      "2026-01-00T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T09:60:00Z",
      "2026-11-20T09:15:61Z", "2026-11-20T09:15:00.Z", "2026-11-20T09:15:00Zx",
      "2026-11-20T09:15:00+5:30", "2026-11-20T09:15:00+24:00", "2026-11-20T09:15:00+05:60",
      "+026-11-20T09:15:00Z", "1900-02-29T00:00:00Z", "2026-11-20T09:15:00+0530",
      "２026-11-20T09:15:00Z",
    ])
  func refused(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("read back what they write")
  func roundTrip() {
    for seed in UInt64(0)..<20_000 {
      var generator = SeededGenerator(seed: seed)
      let moment = Timestamp(
        milliseconds: .random(
          in: Timestamp.earliest.milliseconds...Timestamp.latest.milliseconds, using: &generator))
      #expect(Timestamp(rfc3339: moment.rfc3339) == moment, "seed \(seed): \(moment.rfc3339)")
    }
  }

  @Test("days are counted as the calendar counts them")
  func days() {
    // The naive twin: one day after the other, by the lengths of the months.
    var date = CivilDate(year: 1895, month: 1, day: 1)
    var number = date.daysSinceEpoch
    #expect(number == -27_393)
    while date.year < 2105 {
      #expect(CivilDate(daysSinceEpoch: number) == date)
      #expect(date.daysSinceEpoch == number)
      let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      date.day += 1
      if date.day > lengths[Int(date.month) - 1] { (date.month, date.day) = (date.month + 1, 1) }
      if date.month > 12 { (date.year, date.month) = (date.year + 1, 1) }
      number += 1
    }
  }

  @Test(
    "are told to people by how long ago they were",
    arguments: [
      ("2026-11-20T09:15:00Z", 0, "just now"), ("2026-11-20T09:14:00.001Z", 0, "just now"),
      ("2026-11-20T09:14:00Z", 0, "1 min ago"), ("2026-11-20T08:15:01Z", 0, "59 min ago"),
      ("2026-11-20T08:15:00Z", 0, "today 08:15"), ("2026-11-20T00:00:00Z", 0, "today 00:00"),
      ("2026-11-19T23:59:59Z", 0, "yesterday 23:59"),
      ("2026-11-19T14:05:00Z", 0, "yesterday 14:05"),
      ("2026-11-18T23:59:59Z", 0, "2026-11-18"), ("2026-11-02T12:00:00Z", 0, "2026-11-02"),
      ("2026-11-20T09:15:59Z", 0, "just now"), ("2026-11-20T18:00:00Z", 0, "today 18:00"),
      ("2026-11-21T09:15:00Z", 0, "tomorrow 09:15"), ("2036-01-01T00:00:00Z", 0, "2036-01-01"),
      ("2026-11-19T18:30:00Z", 19_800, "today 00:00"),
      ("2026-11-19T18:29:00Z", 19_800, "yesterday 23:59"),
      ("2026-11-20T04:59:00Z", -18_000, "yesterday 23:59"),
    ])
  func relative(text: String, offset: Int, expected: String) throws {
    let now = try #require(Timestamp(rfc3339: "2026-11-20T09:15:00Z"))
    let moment = try #require(Timestamp(rfc3339: text))
    #expect(moment.relative(to: now, offsetSeconds: offset) == expected)
  }

  @Test("from mad clocks do no harm")
  func extremes() {
    for a in [Int64.min, -1, 0, .max] {
      for b in [Int64.min, 0, .max] {
        for offset in [Int.min, -86_400, 0, 86_400, .max] {
          let text = Timestamp(milliseconds: a)
            .relative(to: Timestamp(milliseconds: b), offsetSeconds: offset)
          #expect(!text.isEmpty)
        }
      }
    }
    #expect(Timestamp(milliseconds: .max).localText(offsetSeconds: 86_400) == "9999-12-31 23:59")
  }
}
