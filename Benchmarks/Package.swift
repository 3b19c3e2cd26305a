// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Measures the parts; a package of its own, so that users don't build it.
let package = Package(
  name: "postil-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "postil", path: "..")],
  targets: [
    .executableTarget(
      name: "textbench", dependencies: [.product(name: "Merge", package: "postil")],
      swiftSettings: [.enableUpcomingFeature("ExistentialAny")])
  ],
  swiftLanguageModes: [.v6]
)
