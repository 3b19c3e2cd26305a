// SPDX-License-Identifier: MIT

import Foundation
import Interchange
import Merge
import Store
import Synchronization
import Terminal

/// What ends in SQL: queries and imports.
enum StoreTargets {
  static let all = [queries, imports]

  private static let header =
    #"{"postil":"export","version":1,"library":"00000000-0000-4000-8000-000000000001","#
    + #""fingerprint":"00000000-0000-4000-8000-000000000002"}"#

  /// A store in a directory of its own, gone with the process.
  private static let store: Store? = {
    let path = FileManager.default.temporaryDirectory.path + "/postil-fuzz-\(getpid())"
    atexit {
      let path = FileManager.default.temporaryDirectory.path + "/postil-fuzz-\(getpid())"
      try? FileManager.default.removeItem(atPath: path)
    }
    let next = Mutex<UInt64>(0)
    let environment = StoreEnvironment(
      now: { 1_700_000_000_000 },
      random: {
        next.withLock {
          $0 &+= 0x9E37_79B9_7F4A_7C15
          return $0
        }
      }, deviceName: "fuzz", machineID: "")
    return try? Store(directory: StoreDirectory(path: path), environment: environment)
  }()

  private static let queries = FuzzTarget("queries", bytesMax: 1000) { bytes in
    guard let store else { return "there is no store" }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let query = try? Query.parse(text, now: 1_700_000_000_000, utcOffsetSeconds: 3600) else {
      return nil
    }
    // Whatever can be parsed must be SQL that SQLite takes.
    do {
      _ = try store.articles(matching: query)
      _ = try store.annotations(matching: query)
    } catch {
      return "a query that was parsed fails: \(error)"
    }
    return nil
  }

  /// Lines of an import after its first.
  private static let imports = FuzzTarget("imports") { bytes in
    guard let store else { return "there is no store" }
    let whole = Array((header + "\n").utf8) + bytes
    do {
      _ = try JSONImport(dryRun: true).run(into: store, from: .bytes(whole))
    } catch is InterchangeError {
      return nil
    } catch {
      return "an import fails: \(error)"
    }
    return nil
  }
}
