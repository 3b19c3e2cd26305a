// SPDX-License-Identifier: MIT

import Foundation
import Synchronization

/// The package's files, as the tests read them.
enum SourceTree {
  /// One file.
  struct File: Sendable {
    /// Its path below the package's directory.
    let path: String
    /// Its bytes, and a zero: a C string.
    let text: [CChar]
    let lines: [String]

    /// Whether a word stands anywhere in it; far faster than asking each line.
    func holds(_ word: String) -> Bool {
      text.withUnsafeBufferPointer { text in
        text.baseAddress.map { strstr($0, word) != nil } ?? false
      }
    }

    /// The module whose sources it belongs to: the folder below `Sources`.
    var module: String {
      let parts = path.split(separator: "/")
      return parts.count > 1 ? String(parts[1]) : ""
    }

    /// The lines without what stands in comments, with their numbers from 1.
    var code: [(number: Int, text: String)] {
      lines.enumerated().compactMap { index, line in
        let text = line.drop { $0 == " " }
        if text.hasPrefix("//") { return nil }
        let end = line.firstRange(of: " // ")?.lowerBound ?? line.endIndex
        return (index + 1, String(line[..<end]))
      }
    }

    /// The modules that it imports.
    var imports: Set<String> {
      var modules: Set<String> = []
      for line in lines where line.utf8.count < 100 && line.contains("import ") {
        let words = line.split(separator: " ").map(String.init)
        guard let place = words.firstIndex(of: "import"), place < 3,
          words[..<place].allSatisfy({ Self.importModifiers.contains($0) })
        else { continue }
        let kinds = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
        let named = words.dropFirst(place + 1).first { !kinds.contains($0) } ?? ""
        modules.insert(String(named.prefix { $0 != "." }))
      }
      return modules
    }

    private static let importModifiers: Set = [
      "public", "package", "internal", "fileprivate", "private", "@testable", "@preconcurrency",
      "@_exported", "@_implementationOnly",
    ]
  }

  /// The package's directory: `$POSTIL_ROOT`, else found from where this file lies.
  static let root: String = {
    if let named = ProcessInfo.processInfo.environment["POSTIL_ROOT"], !named.isEmpty {
      return named
    }
    var place = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { place.deleteLastPathComponent() }
    return place.path
  }()

  /// Files that were read already.
  private static let read = Mutex<[String: File]>([:])

  /// Every Swift file below a folder of the package.
  static func swiftFiles(in folder: String) throws -> [File] {
    try paths(in: folder).filter { $0.hasSuffix(".swift") }.map(file)
  }

  /// One file of the package.
  static func file(_ path: String) throws -> File {
    if let known = read.withLock({ $0[path] }) { return known }
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: root + "/" + path)))
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    if lines.last == "" { lines.removeLast() }
    let text = bytes.map { CChar(bitPattern: $0) } + [0]
    let file = File(path: path, text: text, lines: lines)
    read.withLock { $0[path] = file }
    return file
  }

  /// Whether the package has this file or folder.
  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root + "/" + path)
  }

  /// Paths of the files that belong to the package: all but what is built, and git's own.
  static func ownPaths() throws -> [String] {
    let names = ["Sources", "Tests", "Benchmarks", "Fuzzing", "docs", "scripts", "seeds", ".ci"]
    var found = try names.filter(exists).flatMap { try paths(in: $0) }
    let top = try FileManager.default.contentsOfDirectory(atPath: root)
    found += top.filter { name in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isDirectory)
        && !isDirectory.boolValue
    }
    return found.sorted()
  }

  private static func paths(in folder: String) throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)
    return names.filter { !$0.hasPrefix(".build/") && !$0.contains("/.build/") }
      .map { folder + "/" + $0 }
      .filter { path in
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory)
          && !isDirectory.boolValue
      }.sorted()
  }
}
