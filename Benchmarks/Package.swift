// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Measures the parts; a package of its own, so that users don't build it.
let package = Package(
  name: "postil-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "postil", path: ".."),
    // Without its traits: those count allocations and references by putting themselves between the
    // program and its allocator, which changes what is measured.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "textbench", dependencies: [.product(name: "Merge", package: "postil")],
      swiftSettings: [.enableUpcomingFeature("ExistentialAny")]),
    .executableTarget(
      name: "parts",
      dependencies: [
        .product(name: "Anchoring", package: "postil"), .product(name: "Merge", package: "postil"),
        .product(name: "Store", package: "postil"),
        .product(name: "SyncEngine", package: "postil"),
        .product(name: "Benchmark", package: "benchmark"), "CCounters",
      ],
      path: "Benchmarks/parts", swiftSettings: [.enableUpcomingFeature("ExistentialAny")]),
    .target(name: "CCounters", linkerSettings: [.linkedLibrary("sqlite3")]),
  ],
  swiftLanguageModes: [.v6]
)
