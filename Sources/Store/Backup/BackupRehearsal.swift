// SPDX-License-Identifier: MIT

/// Restores a backup into a store that is thrown away: what can be restored there can be restored.
public enum BackupRehearsal {
  /// What came of it.
  public struct Outcome: Hashable, Sendable {
    /// What is wrong, a sentence each; empty when all is well.
    public var problems: [String]
    /// Articles that can be seen in the restored library.
    public var articles: Int
    /// Annotations that can be seen in it.
    public var annotations: Int
  }

  /// Checks every byte, restores into a private directory in `parent`, and compares fingerprints.
  ///
  /// - Parameter progress: changes done, and changes in all.
  public static func run(
    _ backup: BackupFile, in parent: String, environment: StoreEnvironment,
    progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> Outcome {
    var problems = try backup.problems()
    guard problems.isEmpty else {
      return Outcome(problems: problems, articles: 0, annotations: 0)
    }
    let folder = try WorkFolder(
      in: parent, prefix: "postil-verify-", random: environment.random())
    return try withExtendedLifetime(folder) {
      let store = try Store(
        directory: StoreDirectory(path: folder.path + "/store"), environment: environment)
      let report = try store.restore(backup, progress: progress)
      problems += report.problems + report.refusals.map(\.reason)
      let status = try store.status()
      if problems.isEmpty && status.holdings.fingerprint != backup.contents.fingerprint {
        problems.append("what was restored has another fingerprint than the backup says")
      }
      return Outcome(
        problems: problems, articles: status.articles, annotations: status.annotations)
    }
  }
}
