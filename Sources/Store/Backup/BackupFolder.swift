// SPDX-License-Identifier: MIT

import Foundation
public import Merge

/// Where backups go: a file, or a directory that holds one file for each time.
public struct BackupFolder: Sendable {
  /// The file or the directory.
  public let path: String
  private let prefix: String

  /// The place `path`, for backups of `library`.
  public init(path: String, library: LibraryID) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    prefix = "postil-" + library.raw.uuidText.prefix(8) + "-"
  }

  private static let suffix = ".backup"

  /// Whether it is a directory.
  public var isDirectory: Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  /// A name of its own for a backup that is made at this time, milliseconds since 1970. Names sort
  /// as their times do.
  public func newFile(at milliseconds: Int64) -> String {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [
      .withYear, .withMonth, .withDay, .withTime, .withTimeZone, .withFractionalSeconds,
    ]
    let time = formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    return path + "/" + prefix + time.replacing(".", with: "") + Self.suffix
  }

  /// The backups of this library in the directory, the oldest first.
  public var files: [String] {
    guard isDirectory else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(Self.suffix) }.sorted()
      .map { path + "/" + $0 }
  }

  /// Removes all but the newest `count` of this library; answers what went.
  public func removeOldest(keeping count: Int) -> [String] {
    files.dropLast(count).filter { unlink($0) == 0 }
  }

  /// Removes what backups of this library left here that were killed.
  public func removeLeftovers() {
    guard isDirectory else { return }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names
    where name.hasPrefix(prefix) && name.hasSuffix(Self.suffix + BackupWriter.suffix) {
      guard let file = try? FileSystem.claim(path + "/" + name) else { continue }
      unlink(path + "/" + name)
      close(file)
    }
  }
}
