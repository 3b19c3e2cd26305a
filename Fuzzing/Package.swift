// swift-tools-version: 6.2
// SPDX-License-Identifier: MIT
import PackageDescription

// Looks for bytes that break what reads bytes; a package of its own, so that users don't build it.
// `scripts/fuzz` builds it with libFuzzer and AddressSanitizer, without which it can't be linked.
let package = Package(
  name: "postil-fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "postil", path: "..")],
  targets: [
    .target(name: "CLibFuzzer"),
    .executableTarget(
      name: "postilfuzz",
      dependencies: ["CLibFuzzer", .product(name: "FuzzTargets", package: "postil")],
      swiftSettings: [.enableUpcomingFeature("ExistentialAny")]),
  ],
  swiftLanguageModes: [.v6]
)
