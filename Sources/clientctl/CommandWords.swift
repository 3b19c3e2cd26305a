// SPDX-License-Identifier: MIT

import ArgumentParser

/// The words of the command line before they are parsed.
enum CommandWords {
  /// Options of every command, which may stand before its name as well: they are put behind it.
  static func arranged(_ words: [String]) -> [String] {
    var moved: [String] = []
    var rest = words[...]
    while let word = rest.first {
      if word == "--json" || word == "--no-color" || word.hasPrefix("--store=") {
        moved.append(word)
        rest = rest.dropFirst()
      } else if word == "--store", rest.count > 1 {
        moved += rest.prefix(2)
        rest = rest.dropFirst(2)
      } else {
        break
      }
    }
    guard !moved.isEmpty, !rest.isEmpty else { return words }
    let end = rest.firstIndex(of: "--") ?? rest.endIndex
    return Array(rest[..<end]) + moved + Array(rest[end...])
  }

  /// The command that a word which is none may stand for.
  static func suggestion(for words: [String]) -> String? {
    guard let word = words.first, !word.hasPrefix("-") else { return nil }
    let names = Clientctl.configuration.groupedSubcommands.flatMap(\.subcommands)
      .compactMap { $0.configuration.commandName }
    if names.contains(word) { return nil }
    let nearest = names.map { (name: $0, distance: distance(word, $0)) }
      .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= 2 else { return nil }
    return nearest.name
  }

  /// How many letters must change (Levenshtein 1966).
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (place, letter) in left.utf8.prefix(64).enumerated() {
      var diagonal = row[0]
      row[0] = place + 1
      for column in right.indices {
        let cost = letter == right[column] ? diagonal : diagonal + 1
        diagonal = row[column + 1]
        row[column + 1] = min(cost, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
