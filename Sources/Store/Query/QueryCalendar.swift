// SPDX-License-Identifier: MIT

/// Turns what people write about time into milliseconds since 1970. Knows no clock and no table of
/// time zones: one offset holds for every day, so across a change of daylight saving time days
/// begin an hour off.
struct QueryCalendar {
  /// From the first, until just before the second; nil is open.
  struct Span: Equatable {
    var from: Int64?
    var until: Int64?
  }

  /// What can't be read, so many code points into what was written.
  struct Failure: Error {
    var message: String
    var offset = 0
    var suggestion: String?
  }

  private static let day: Int64 = 86_400_000
  private let now: Int64
  private let offset: Int64

  /// Times beyond the year 9999 and offsets beyond a day are brought to these bounds.
  init(now: Int64, utcOffsetSeconds: Int) {
    self.now = min(max(now, -62_135_596_800_000), 253_402_300_799_999)
    offset = Int64(min(max(utcOffsetSeconds, -86_400), 86_400)) * 1000
  }

  /// `<7d`, `>2w`, `2026-11-01..2026-11-07`, `..2026-11`, `2026..`, `today`.
  func span(_ written: String) throws(Failure) -> Span {
    let scalars = Array(written.lowercased().unicodeScalars)
    if scalars.first == "<" { return Span(from: try past(scalars), until: nil) }
    if scalars.first == ">" { return Span(from: nil, until: try past(scalars)) }
    guard let dots = Self.dots(scalars) else { return try days(scalars[...], of: scalars) }
    let left = scalars[..<dots]
    let right = scalars[(dots + 2)...]
    if left.isEmpty, right.isEmpty {
      throw Failure(message: "a range needs a date before or after the two dots")
    }
    var span = Span()
    if !left.isEmpty { span.from = try days(left, of: scalars).from }
    if !right.isEmpty { span.until = try days(right, of: scalars).until }
    if let from = span.from, let until = span.until, from >= until {
      throw Failure(message: "this range ends before it begins", offset: dots + 2)
    }
    return span
  }

  private static func dots(_ scalars: [Unicode.Scalar]) -> Int? {
    scalars.indices.first { place in
      scalars[place] == "." && place + 1 < scalars.count && scalars[place + 1] == "."
    }
  }

  /// The moment that `<7d` or `>7d` speaks of.
  private func past(_ scalars: [Unicode.Scalar]) throws(Failure) -> Int64 {
    let sign = Character(scalars[0])
    let digits = scalars.dropFirst().prefix { ("0"..."9").contains($0) }
    let unit = scalars[(digits.endIndex)...]
    if let date = try? days(scalars.dropFirst(), of: scalars), date.from != nil {
      let text = Self.string(scalars.dropFirst())
      throw Failure(
        message: "\(sign) compares an age, such as 7d; dates take two dots",
        suggestion: sign == "<" ? ".." + text : text + "..")
    }
    guard (1...6).contains(digits.count), let count = Int64(Self.string(digits)),
      unit.count == 1, let letter = unit.first
    else {
      throw Failure(
        message: "after \(sign) goes a number of at most 6 digits and a unit: h, d, w, m or y",
        offset: 1)
    }
    switch letter {
    case "h": return now - count * 3_600_000
    case "d": return now - count * Self.day
    case "w": return now - count * 7 * Self.day
    case "m": return monthsAgo(count)
    case "y": return monthsAgo(count * 12)
    default:
      throw Failure(
        message: "the unit must be h, d, w, m (months) or y", offset: unit.startIndex)
    }
  }

  /// The same time of day so many months ago, on the month's last day where it is shorter.
  private func monthsAgo(_ count: Int64) -> Int64 {
    let local = now + offset
    let today = Self.floor(local, Self.day)
    let date = Self.date(ofDay: today)
    let months = date.year * 12 + (date.month - 1) - count
    let year = Self.floor(months, 12)
    let month = months - year * 12 + 1
    let last = Self.length(ofMonth: month, year: year)
    let then = Self.day(year: year, month: month, day: min(date.day, last))
    return then * Self.day + (local - today * Self.day) - offset
  }

  /// The days that a date stands for: a day, a month or a year.
  private func days(
    _ part: ArraySlice<Unicode.Scalar>, of whole: [Unicode.Scalar]
  ) throws(Failure) -> Span {
    let text = Self.string(part)
    let today = Self.floor(now + offset, Self.day)
    if text == "today" { return span(from: today, until: today + 1) }
    if text == "yesterday" { return span(from: today - 1, until: today) }
    let pieces = part.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = pieces.compactMap { Self.number($0) }
    let lengths = pieces.map(\.count)
    guard numbers.count == pieces.count, [[4], [4, 2], [4, 2, 2]].contains(lengths) else {
      let isAge = part.count > 1 && part.dropLast().allSatisfy { ("0"..."9").contains($0) }
      throw Failure(
        message: "dates look like 2026-11-30, 2026-11, 2026, today or yesterday",
        offset: part.startIndex,
        suggestion: isAge && part.count == whole.count && part.last.map(Self.isUnit) == true
          ? "<" + text : nil)
    }
    let year = numbers[0]
    guard year >= 1 else { throw Failure(message: "there is no year 0", offset: part.startIndex) }
    if numbers.count == 1 {
      return span(
        from: Self.day(year: year, month: 1, day: 1),
        until: Self.day(year: year + 1, month: 1, day: 1))
    }
    let month = numbers[1]
    guard (1...12).contains(month) else {
      throw Failure(message: "months go from 01 to 12", offset: pieces[1].startIndex)
    }
    let first = Self.day(year: year, month: month, day: 1)
    let length = Self.length(ofMonth: month, year: year)
    if numbers.count == 2 { return span(from: first, until: first + length) }
    guard (1...length).contains(numbers[2]) else {
      throw Failure(
        message: "this month has days 01 to \(length)", offset: pieces[2].startIndex)
    }
    return span(from: first + numbers[2] - 1, until: first + numbers[2])
  }

  private func span(from: Int64, until: Int64) -> Span {
    Span(from: from * Self.day - offset, until: until * Self.day - offset)
  }

  private static func isUnit(_ scalar: Unicode.Scalar) -> Bool {
    ["h", "d", "w", "m", "y"].contains(scalar)
  }

  private static func number(_ digits: ArraySlice<Unicode.Scalar>) -> Int64? {
    guard (1...6).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }) else {
      return nil
    }
    return digits.reduce(0) { $0 * 10 + Int64($1.value - 0x30) }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }

  private static func length(ofMonth month: Int64, year: Int64) -> Int64 {
    let next = month == 12 ? (year: year + 1, month: 1) : (year: year, month: month + 1)
    return day(year: next.year, month: next.month, day: 1) - day(year: year, month: month, day: 1)
  }

  /// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March, so that
  /// the leap day comes last.
  private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let sinceMarch = (month + 9) % 12
    return 365 * shifted + floor(shifted, 4) - floor(shifted, 100) + floor(shifted, 400)
      + (153 * sinceMarch + 2) / 5 + day - 719_469
  }

  /// The date of a day since 1970-01-01: a first guess of the year, then at most a step or two.
  private static func date(ofDay number: Int64) -> (year: Int64, month: Int64, day: Int64) {
    var year = floor(number * 400, 146_097) + 1970
    while day(year: year, month: 1, day: 1) > number { year -= 1 }
    while day(year: year + 1, month: 1, day: 1) <= number { year += 1 }
    var month: Int64 = 1
    while month < 12, day(year: year, month: month + 1, day: 1) <= number { month += 1 }
    return (year, month, number - day(year: year, month: month, day: 1) + 1)
  }
}
