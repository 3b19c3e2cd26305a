// SPDX-License-Identifier: MIT

/// What an import came to.
public struct ImportReport: Hashable, Sendable {
  /// A line that was not taken in.
  public struct Skip: Hashable, Sendable {
    /// Its number, from 1.
    public var line: Int
    /// Where in it, in code points from 1, if that can be told.
    public var column: Int?
    /// What is wrong.
    public var reason: String
  }

  /// Records that were read, skipped ones among them; the header is none.
  public var read = 0
  /// Articles that were not here.
  public var addedArticles = 0
  /// Annotations that were not here.
  public var addedAnnotations = 0
  /// Revisions that were added, to new articles and to those that were here.
  public var addedRevisions = 0
  /// Renames of tags that were not here.
  public var addedRenames = 0
  /// Records that were here and lacked something, which was added.
  public var updated = 0
  /// Records that were here and lacked nothing.
  public var unchanged = 0
  /// Records that were deleted here, and are back.
  public var restored = 0
  /// Records that were deleted here, or whose article or parent was, and stay so.
  public var keptDeleted = 0
  /// Values that differ from those that are here, which were kept.
  public var keptDifferent = 0
  /// The first lines that were not taken in, at most `skipsMax`.
  public var skipped: [Skip] = []
  /// How many lines were not taken in.
  public var skippedCount = 0

  /// Skipped lines that are listed before the rest is only counted.
  public static let skipsMax = 100

  /// Whether anything was changed, or would be.
  public var isChange: Bool {
    addedArticles + addedAnnotations + addedRevisions + addedRenames + updated + restored > 0
  }

  /// Nothing read.
  public init() {}

  mutating func skip(_ line: Int, column: Int? = nil, _ reason: String) {
    skippedCount += 1
    if skipped.count < Self.skipsMax {
      skipped.append(Skip(line: line, column: column, reason: reason))
    }
  }

  mutating func count(_ outcome: ImportOutcome, of record: ImportRecord, line: Int) {
    addedRevisions += outcome.addedRevisions
    keptDifferent += outcome.keptValues
    switch (outcome.kind, record) {
    case (.added, .article): addedArticles += 1
    case (.added, .annotation): addedAnnotations += 1
    case (.added, .rename): addedRenames += 1
    case (.updated, _): updated += 1
    case (.unchanged, _): unchanged += 1
    case (.restored, _): restored += 1
    case (.keptDeleted, _): keptDeleted += 1
    case (.refused(let reason), _): skip(line, reason)
    }
  }
}
