// SPDX-License-Identifier: MIT

import ArgumentParser
import Foundation

/// Prints what is served to whom, for tests that must not forget a route.
struct RoutesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes", abstract: "Print the routes as JSON.", shouldDisplay: false)

  private struct Row: Encodable {
    var name: String
    var method: String
    var path: String
    var policy: String
    var bodyBytesMax: Int
  }

  func run() throws {
    let rows = RouteName.allCases.map {
      Row(
        name: $0.rawValue, method: $0.method.rawValue, path: $0.path, policy: $0.policy.rawValue,
        bodyBytesMax: $0.bodyBytesMax)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    DaemonOptions.put(Array(try encoder.encode(rows)))
  }
}
