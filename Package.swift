// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Settings of every target of our own. Warnings are errors here, and only here:
// a dependency's warning is not ours to mend.
let house: [SwiftSetting] = [
  // `any P` is spelled out, so that a boxed value on a hot path is seen.
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
  .enableUpcomingFeature("ExistentialAny"),
  // An import is private to its file unless it says otherwise.
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
  .enableUpcomingFeature("InternalImportsByDefault"),
  // Async helpers stay on their caller's executor: fewer thread hops.
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "postil",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "clientctl", targets: ["clientctl"]),
    .executable(name: "syncd", targets: ["syncd"]),
    // For the nested package Benchmarks/, which users don't build.
    .library(name: "Merge", targets: ["Merge"]),
    .library(name: "Anchoring", targets: ["Anchoring"]),
    .library(name: "Store", targets: ["Store"]),
    .library(name: "SyncEngine", targets: ["SyncEngine"]),
    // For the nested package Fuzzing/, likewise.
    .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(
      url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Bottom layer first: a target may import only what stands above it in this list.

    // Pure: changes, versions, registers, sets, note text. No I/O, no clock, no randomness.
    .target(name: "Merge", swiftSettings: house),
    // Pure: canonical text, selectors, finding a quote.
    .target(name: "Anchoring", swiftSettings: house),
    // Zstandard, for what is kept and sent by the hundred.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    // Bodies of changes made small, for the log and the wire.
    .target(name: "Packing", dependencies: ["Merge", "CZstd"], swiftSettings: house),
    // A few system calls that Swift's Glibc module leaves out.
    .target(name: "CPostilSystem"),
    // SQLite: the log, the merged state, queries, search; the one write path.
    .target(
      name: "Store",
      dependencies: [
        "Merge", "Anchoring", "Packing", "CPostilSystem",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      resources: [.embedInCode("Migrations")],
      swiftSettings: house),
    // How commands talk to the daemon of their store: the Unix socket and its messages.
    .target(name: "Control", swiftSettings: house),
    // What a person sees in a terminal, and JSON.
    .target(name: "Terminal", swiftSettings: house),
    // Import and export: one file a format.
    .target(
      name: "Interchange", dependencies: ["Store", "Merge", "Anchoring", "Terminal"],
      swiftSettings: house),
    // The protocol's state machine, pairing and the frames on the wire.
    .target(
      name: "SyncEngine",
      dependencies: [
        "Store", "Merge", "Packing", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: house),
    // libcurl, the HTTP client.
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CurlTransport", dependencies: ["CCurl"], swiftSettings: house),

    // libqrencode, for invitations that a camera reads.
    .systemLibrary(
      name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),

    // The key that a device is, and its certificate.
    .target(
      name: "DeviceKeys",
      dependencies: [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: house),

    // What both programs share: the real clock and randomness, exit codes.
    .target(name: "Host", dependencies: ["Store", "Merge"], swiftSettings: house),

    // The two programs.
    .executableTarget(
      name: "syncd",
      dependencies: [
        "SyncEngine", "CurlTransport", "Control", "DeviceKeys", "Host", "Terminal",
        "CPostilSystem",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: house),
    .executableTarget(
      name: "clientctl",
      dependencies: [
        "Interchange", "SyncEngine", "Store", "Merge", "Anchoring", "Control", "Terminal", "Host",
        "CQREncode",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: house),

    // Tests.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: house),
    // A disk in memory for SQLite that loses what was not synced; the world in which stores are
    // simulated; what runs it by the thousand; and its tests.
    .target(
      name: "CSimulatedDisk", path: "Tests/CSimulatedDisk",
      linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(
      name: "Simulation",
      dependencies: [
        "CSimulatedDisk", "SyncEngine", "Interchange", "Store", "Merge", "Anchoring",
        "TestSupport",
      ],
      path: "Tests/Simulation", swiftSettings: house),
    .executableTarget(
      name: "simulate", dependencies: ["Simulation"], path: "Tests/SimulateTool",
      swiftSettings: house),
    .testTarget(
      name: "SimulationTests", dependencies: ["Simulation", "TestSupport"], exclude: ["Mutants"],
      swiftSettings: house),
    // What fuzzers run, and the tests with the inputs that fuzzers began with or found.
    .target(
      name: "FuzzTargets",
      dependencies: ["SyncEngine", "Store", "Merge", "Anchoring", "Interchange", "Terminal"],
      path: "Tests/FuzzTargets", swiftSettings: house),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: house),
    .testTarget(
      name: "MergeTests", dependencies: ["Merge", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: house),
    .testTarget(
      name: "AnchoringTests", dependencies: ["Anchoring", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "StoreTests",
      dependencies: [
        "Store", "Merge", "Packing", "Anchoring", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: house),
    .testTarget(
      name: "SyncEngineTests",
      dependencies: ["SyncEngine", "Store", "Merge", "Packing", "Anchoring", "TestSupport"],
      exclude: ["Golden"], swiftSettings: house),
    // Reads the sources: who may import what, and the house's rules.
    .testTarget(name: "ArchitectureTests", swiftSettings: house),
    // These drive the built programs as processes.
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["TestSupport", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: house),
    .testTarget(
      name: "InterchangeTests",
      dependencies: ["Interchange", "Store", "Merge", "Anchoring", "Terminal", "TestSupport"],
      resources: [.copy("Golden")], swiftSettings: house),
    .testTarget(
      name: "TerminalTests", dependencies: ["Terminal", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "CurlTransportTests", dependencies: ["CurlTransport", "TestSupport"],
      swiftSettings: house),
  ],
  swiftLanguageModes: [.v6]
)
