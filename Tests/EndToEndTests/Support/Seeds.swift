// SPDX-License-Identifier: MIT

import Foundation

/// The five sample articles and their annotations.
enum Seeds {
  static var directory: String { Programs.root + "/seeds" }

  static let articles = [
    "1-neel-setu.txt", "2-lowland-herald.txt", "3-meridiano.txt", "4-fortnight.txt",
    "5-quickworld.txt",
  ]

  /// `annotations.json`.
  static func annotations() throws -> [JSON] {
    try JSON(reading: Lab.bytes(directory + "/annotations.json")).elements
  }

  /// Makes the annotations of `seeds/annotations.json` with the command line.
  ///
  /// - Parameter ids: the articles' ids by file name; annotations of other articles are left out.
  /// - Returns: the ids that were made, replies left out.
  @discardableResult
  static func annotate(_ machine: Machine, _ ids: [String: String]) throws -> [String] {
    var made: [String] = []
    for sample in try annotations() {
      guard let article = ids[sample["article"].text] else { continue }
      var arguments = ["annotate", article, "--quote", sample["quote"].text, "--json"]
      if sample["occurrence"].exists {
        arguments += ["--occurrence", "\(sample["occurrence"].int)"]
      }
      if sample["note"].exists { arguments += ["--note", sample["note"].text] }
      if sample["color"].exists { arguments += ["--color", sample["color"].text] }
      for tag in sample["tags"].texts { arguments += ["--tag", tag] }
      let id = try machine.run(arguments).succeeded().json()["id"].text
      for reply in sample["replies"].texts { try machine.ok("reply", id, reply) }
      made.append(id)
    }
    return made
  }
}
