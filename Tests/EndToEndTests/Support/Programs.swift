// SPDX-License-Identifier: MIT

import Foundation

/// Where the built programs and the package's own files are.
enum Programs {
  /// The directory that holds `clientctl` and `syncd`: `$POSTIL_BIN`, else the one that this test
  /// was built into.
  static let directory: String = {
    if let named = ProcessInfo.processInfo.environment["POSTIL_BIN"], !named.isEmpty {
      return named
    }
    var starts = [CommandLine.arguments.first ?? "", Bundle.main.bundlePath]
    if let place = CommandLine.arguments.firstIndex(of: "--test-bundle-path"),
      CommandLine.arguments.indices.contains(place + 1)
    {
      starts.append(CommandLine.arguments[place + 1])
    }
    starts += Bundle.allBundles.map(\.bundlePath)
    starts += [root + "/.build/debug/x", root + "/.build/release/x"]
    for start in starts where start.hasPrefix("/") {
      var place = URL(fileURLWithPath: start).deletingLastPathComponent()
      while place.path != "/" {
        if isProgram(place.path + "/clientctl") && isProgram(place.path + "/syncd") {
          return place.path
        }
        place.deleteLastPathComponent()
      }
    }
    return root + "/.build/debug"
  }()

  static var clientctl: String { directory + "/clientctl" }
  static var syncd: String { directory + "/syncd" }

  /// The package's directory.
  static let root: String = {
    if let named = ProcessInfo.processInfo.environment["POSTIL_ROOT"], !named.isEmpty {
      return named
    }
    var place = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { place.deleteLastPathComponent() }
    return place.path
  }()

  /// What sanitizers are told in the environment: the programs that tests start must hear it too.
  static let sanitizers: [String: String] = ProcessInfo.processInfo.environment.filter {
    ["LD_PRELOAD", "TSAN_OPTIONS", "ASAN_OPTIONS", "SWIFT_BACKTRACE"].contains($0.key)
  }

  /// Whether long tests are asked for.
  static let isSlow = ProcessInfo.processInfo.environment["SLOW"] == "1"

  private static func isProgram(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && !isDirectory.boolValue && access(path, X_OK) == 0
  }
}
