// SPDX-License-Identifier: MIT

import Testing

@Suite("Who imports whom")
struct ImportTests {
  /// Our modules, and what of ours each may import. A module that isn't here is not allowed to be.
  static let house: [String: Set<String>] = [
    "Merge": [],
    "Anchoring": [],
    "CZstd": [],
    "Packing": ["Merge", "CZstd"],
    "CPostilSystem": [],
    "Store": ["Merge", "Anchoring", "Packing", "CPostilSystem"],
    "Control": [],
    "Terminal": [],
    "Interchange": ["Store", "Merge", "Anchoring", "Terminal"],
    "SyncEngine": ["Store", "Merge", "Packing"],
    "CCurl": [],
    "CurlTransport": ["CCurl"],
    "CQREncode": [],
    "DeviceKeys": [],
    "Host": ["Store", "Merge"],
    "syncd": [
      "SyncEngine", "CurlTransport", "Control", "DeviceKeys", "Host", "Store", "Merge", "Terminal",
      "CPostilSystem",
    ],
    "clientctl": [
      "Interchange", "SyncEngine", "Store", "Merge", "Anchoring", "Control", "Terminal", "Host",
      "CQREncode",
    ],
    "textbench": ["Merge"],
  ]

  /// What comes with Swift or the system and may be used by some.
  static let system: Set = ["Swift", "Glibc", "Darwin", "Dispatch", "Synchronization"]

  @Test("arrows point down: a module imports only what stands below it")
  func arrows() throws {
    for file in try SourceTree.swiftFiles(in: "Sources") {
      let allowed = try #require(
        Self.house[file.module], "\(file.module) has no place in the house; see ImportTests.house")
      let ours = file.imports.intersection(Self.house.keys)
      let wrong = ours.subtracting(allowed)
      #expect(wrong.isEmpty, "\(file.path) imports \(wrong.sorted())")
    }
  }

  @Test("the house has no circle")
  func noCircle() {
    func reaches(_ module: String, _ target: String, _ depth: Int = 0) -> Bool {
      depth < Self.house.count
        && (Self.house[module] ?? []).contains { $0 == target || reaches($0, target, depth + 1) }
    }
    for module in Self.house.keys { #expect(!reaches(module, module), "\(module) reaches itself") }
  }

  @Test("Package.swift and docs/architecture.md know every module")
  func modulesAreNamed() throws {
    let manifest = try SourceTree.file("Package.swift").lines.joined(separator: "\n")
    let map = try SourceTree.file("docs/architecture.md").lines.joined(separator: "\n")
    for module in Set(try SourceTree.swiftFiles(in: "Sources").map(\.module)) {
      #expect(manifest.contains("name: \"\(module)\""), "Package.swift does not name \(module)")
      #expect(map.contains(module), "docs/architecture.md does not name \(module)")
    }
  }

  @Test("Package.swift gives no target of ours more than the house allows")
  func manifest() throws {
    let lines = try SourceTree.file("Package.swift").lines
    var target = ""
    for line in lines {
      if let name = line.firstMatch(of: /name: "([A-Za-z]+)"/), !line.contains(".product(") {
        target = String(name.1)
      }
      guard let allowed = Self.house[target] else { continue }
      for word in line.matches(of: /"([A-Za-z]+)"/).map({ String($0.1) }) where word != target {
        guard Self.house[word] != nil, !line.contains("path:") else { continue }
        #expect(allowed.contains(word), "Package.swift lets \(target) depend on \(word)")
      }
    }
  }

  @Test("Merge imports nothing but swift-collections")
  func merge() throws {
    let allowed: Set = [
      "HashTreeCollections", "OrderedCollections", "DequeModule", "BitCollections",
    ]
    for file in try SourceTree.swiftFiles(in: "Sources/Merge") {
      let wrong = file.imports.subtracting(allowed)
      #expect(wrong.isEmpty, "\(file.path) imports \(wrong.sorted())")
    }
  }

  @Test("Anchoring imports only Foundation, for Unicode mappings, in one file")
  func anchoring() throws {
    var users: [String] = []
    for file in try SourceTree.swiftFiles(in: "Sources/Anchoring") {
      let imports = file.imports
      #expect(
        imports.isSubset(of: ["Foundation", "FoundationEssentials"]), "\(file.path): \(imports)")
      if !imports.isEmpty { users.append(file.path) }
    }
    #expect(users.count <= 1, "\(users)")
  }

  @Test(
    "a library that we use has one module that knows it",
    arguments: [
      ("GRDB", ["Store"]), ("GRDBSQLite", ["Store"]), ("CCurl", ["CurlTransport"]),
      ("CZstd", ["Packing"]),
      ("Hummingbird", ["syncd"]), ("NIOCore", ["syncd"]), ("NIOPosix", ["syncd"]),
      ("ServiceLifecycle", ["syncd"]), ("Logging", ["syncd"]), ("Configuration", ["syncd"]),
      ("ArgumentParser", ["syncd", "clientctl"]),
      ("Crypto", ["Store", "SyncEngine", "DeviceKeys"]), ("X509", ["DeviceKeys"]),
      ("NIOSSL", ["syncd"]), ("CQREncode", ["clientctl"]),
    ])
  func oneUser(library: String, modules: [String]) throws {
    for file in try SourceTree.swiftFiles(in: "Sources") where file.imports.contains(library) {
      #expect(modules.contains(file.module), "\(file.path) imports \(library)")
    }
  }

  @Test("nobody imports the two programs, and tests only at their own face")
  func programs() throws {
    for folder in ["Sources", "Tests"] {
      for file in try SourceTree.swiftFiles(in: folder) {
        #expect(file.imports.isDisjoint(with: ["syncd", "clientctl"]), "\(file.path)")
      }
    }
  }
}
