// SPDX-License-Identifier: MIT

import Foundation

/// The pages of a database file and of its write-ahead log, read without SQLite, which would stop
/// at the first page that is wrong (https://www.sqlite.org/fileformat2.html).
///
/// A page may be there in several editions: in the file, and in each frame of the log that wrote
/// it. The *live* one is what SQLite would show, the rest is what it would not: editions that were
/// overwritten, and frames behind one whose checksum is wrong, with edits that were acknowledged.
/// Whoever reads them must have other means to tell what is true. We have: hashes.
struct RawPages {
  /// Where an edition of a page lies.
  struct Edition: Hashable {
    /// Whether in the log; else in the database.
    var isInLog: Bool
    /// The page's number, or the frame's, from 0.
    var place: Int
  }

  private let database: Data
  private let log: Data
  /// Bytes of a page.
  let size: Int
  /// Bytes of a page that hold what SQLite calls usable.
  let usable: Int
  /// By page number from 1: its last frame of those that count, and its last of all.
  private var liveFrames: [UInt32: Int] = [:]
  private var lastFrames: [UInt32: Int] = [:]
  /// Frames that count.
  private var frameCount = 0

  private static let logHeaderBytes = 32
  private static let frameHeaderBytes = 24

  /// Opens the two files; a log that isn't there is empty.
  init(database path: String) throws {
    do {
      database = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw StoreError(.disk, "can't read \(path)")
    }
    log = (try? Data(contentsOf: URL(filePath: path + "-wal"), options: .alwaysMapped)) ?? Data()
    let told = database.count > 20 ? Int(database[16]) << 8 | Int(database[17]) : 0
    let size = told == 1 ? 65_536 : told
    // What the header says may be damaged too; 4096 is what SQLite takes unless told otherwise.
    let isSize = size >= 512 && size <= 65_536 && size & (size - 1) == 0
    self.size = isSize ? size : 4096
    let reserved = database.count > 20 ? Int(database[20]) : 0
    usable = self.size - (reserved < 32 ? reserved : 0)
    readLog()
  }

  /// The schema version that the file's header tells.
  var schemaVersion: Int {
    database.count < 64 ? 0 : Int(Self.number(database, 60))
  }

  // MARK: - Editions

  /// The live edition of every page, in the order of their numbers.
  var live: [Edition] {
    let last = max(database.count / size, Int(liveFrames.keys.max() ?? 0))
    return (0..<max(0, last)).compactMap { edition(of: UInt32($0 + 1), isLive: true) }
  }

  /// Every other edition, the latest first.
  var others: [Edition] {
    let shown = Set(liveFrames.values)
    let frames = (0..<allFrameCount).filter { !shown.contains($0) }.reversed()
    let shadowed = liveFrames.keys.sorted().filter { Int($0) * size <= database.count }
    return frames.map { Edition(isInLog: true, place: $0) }
      + shadowed.map { Edition(isInLog: false, place: Int($0) - 1) }
  }

  /// The edition of a page that counts, or the last that there is.
  func edition(of page: UInt32, isLive: Bool) -> Edition? {
    if let frame = isLive ? liveFrames[page] : lastFrames[page] {
      return Edition(isInLog: true, place: frame)
    }
    guard page > 0, Int(page) * size <= database.count else { return nil }
    return Edition(isInLog: false, place: Int(page) - 1)
  }

  /// The bytes of an edition.
  func bytes(_ edition: Edition) -> [UInt8] {
    let source = edition.isInLog ? log : database
    let start =
      edition.isInLog
      ? Self.logHeaderBytes + edition.place * (Self.frameHeaderBytes + size)
        + Self.frameHeaderBytes
      : edition.place * size
    guard start >= 0, start + size <= source.count else { return [] }
    return [UInt8](source[start..<start + size])
  }

  // MARK: - The log

  private var allFrameCount: Int {
    max(0, (log.count - Self.logHeaderBytes) / (Self.frameHeaderBytes + size))
  }

  private mutating func readLog() {
    guard log.count > Self.logHeaderBytes else { return }
    for frame in 0..<allFrameCount { lastFrames[pageNumber(of: frame)] = frame }
    // Which frames count: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    let magic = Self.number(log, 0)
    guard magic & 0xFFFF_FFFE == 0x377F_0682 else { return }
    let isBigEndian = magic & 1 == 1
    var sum = Self.sum(log, 0, 24, (0, 0), isBigEndian)
    guard sum == (Self.number(log, 24), Self.number(log, 28)) else { return }
    var pending: [UInt32: Int] = [:]
    for frame in 0..<allFrameCount {
      let start = Self.logHeaderBytes + frame * (Self.frameHeaderBytes + size)
      guard Self.number(log, start + 8) == Self.number(log, 16),
        Self.number(log, start + 12) == Self.number(log, 20)
      else { return }
      sum = Self.sum(log, start, 8, sum, isBigEndian)
      sum = Self.sum(log, start + Self.frameHeaderBytes, size, sum, isBigEndian)
      guard sum == (Self.number(log, start + 16), Self.number(log, start + 20)) else { return }
      pending[pageNumber(of: frame)] = frame
      // Only what a commit follows counts.
      if Self.number(log, start + 4) != 0 {
        liveFrames.merge(pending) { $1 }
        pending = [:]
      }
    }
  }

  private func pageNumber(of frame: Int) -> UInt32 {
    Self.number(log, Self.logHeaderBytes + frame * (Self.frameHeaderBytes + size))
  }

  private static func number(_ data: Data, _ place: Int) -> UInt32 {
    guard place + 4 <= data.count else { return 0 }
    return (0..<4).reduce(0) { $0 << 8 | UInt32(data[place + $1]) }
  }

  private static func sum(
    _ data: Data, _ start: Int, _ count: Int, _ seed: (UInt32, UInt32), _ isBigEndian: Bool
  ) -> (UInt32, UInt32) {
    var (first, second) = seed
    let words = [UInt8](data[start..<start + count])
    for place in stride(from: 0, to: count, by: 8) {
      func word(_ at: Int) -> UInt32 {
        let bytes = (0..<4).map { UInt32(words[at + (isBigEndian ? $0 : 3 - $0)]) }
        return bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]
      }
      first = first &+ word(place) &+ second
      second = second &+ word(place + 4) &+ first
    }
    return (first, second)
  }
}
