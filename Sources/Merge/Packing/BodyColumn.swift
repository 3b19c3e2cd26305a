// SPDX-License-Identifier: MIT

/// Where the parts of changes' bodies stand when they are kept by kind instead of one after
/// another: what is alike stands side by side then, and takes a third less once it is compressed.
/// The raw values are the order in packed bytes (docs/format.md, section 11): they never change.
public enum BodyColumn: Int, CaseIterable, Sendable {
  /// Formats, counts, tags, keys, the first bytes of ops.
  case structure
  /// Whole numbers and times.
  case numbers
  /// Ids of writers, and beginnings of hashes.
  case names
  /// The first six bytes of entities' ids, which are milliseconds, as differences.
  case entityTimes
  /// The other ten.
  case entityTails
  /// Which entity, and which dots.
  case references
  /// Bytes of the text before a quote.
  case prefixLengths
  /// Bytes of quotes, and of the texts behind them.
  case quoteLengths
  /// What stands before a quote, the quote, what stands behind it: as in the article, so that
  /// what two quotes share is one stretch.
  case quotes
  /// Where quotes begin.
  case starts
  /// Where notes were edited.
  case edits
  /// Bytes that edits put in.
  case noteLengths
  /// What edits put in.
  case notes
  /// Bytes of other texts, and of blobs.
  case textLengths
  /// Other texts.
  case texts
  /// Blobs.
  case blobs
}

/// Bodies by columns.
public enum BodyColumns {
  /// The columns of these bodies, one for each case of `BodyColumn`.
  ///
  /// - Throws: where a body isn't of the format that `ChangeCodec` reads. Not all that it refuses
  ///   is noticed here: what counts is that `join` gives the same bytes again.
  public static func split(_ bodies: [[UInt8]]) throws(MergeError) -> [[UInt8]] {
    var walker = BodyWalker(ColumnSplitter())
    for body in bodies {
      walker.port.begin(body)
      try walker.body()
      try walker.port.finish()
    }
    return walker.port.columns.map(\.bytes)
  }

  /// The bodies of these columns.
  ///
  /// Reads any bytes without trapping; what comes out may be no change, but never comes to more
  /// than `bytesMax` bytes.
  ///
  /// - Parameter count: how many bodies there are.
  public static func join(
    _ columns: [[UInt8]], count: Int, bytesMax: Int
  ) throws(MergeError) -> [[UInt8]] {
    var walker = BodyWalker(ColumnJoiner(columns, bytesMax: bytesMax))
    var bodies: [[UInt8]] = []
    for _ in 0..<count {
      try walker.body()
      bodies.append(walker.port.take())
    }
    try walker.port.finish()
    return bodies
  }
}
