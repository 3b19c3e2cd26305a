// SPDX-License-Identifier: MIT

extension Query.Words {
  /// Whether the index could hold any of it: the tokenizer (see the table `search`) drops
  /// everything that is no letter, digit, mark or private character.
  var isSearchable: Bool {
    text.unicodeScalars.contains { scalar in
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .privateUse:
        true
      default: false
      }
    }
  }

  /// An FTS5 expression that finds these words, in their column if they have one. All that was
  /// typed stands in one FTS5 string, in which only the quotation mark means something, and is
  /// doubled (https://www.sqlite.org/fts5.html#full_text_query_syntax). A NUL would end the
  /// expression.
  var match: String {
    var string = column.map { "{\($0.rawValue)} : \"" } ?? "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": string += "\"\""
      case "\0": string += " "
      default: string.unicodeScalars.append(scalar)
      }
    }
    return string + (isPrefix ? "\" *" : "\"")
  }
}
