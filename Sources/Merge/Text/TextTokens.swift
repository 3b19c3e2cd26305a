// SPDX-License-Identifier: MIT

/// A text cut into tokens, each with a number that equal tokens share.
struct TextTokens {
  /// Bytes where each token starts, and the end.
  private(set) var bounds: [Int] = [0]
  /// Which token it is.
  private(set) var ids: [Int32] = []
  /// Whether it is a word.
  private(set) var words: [Bool] = []

  /// Numbers of tokens, shared by the two texts that are compared.
  struct Names {
    private var known: [ArraySlice<UInt8>: Int32] = [:]

    fileprivate mutating func number(_ token: ArraySlice<UInt8>) -> Int32 {
      if let number = known[token] { return number }
      let number = Int32(truncatingIfNeeded: known.count)
      known[token] = number
      return number
    }
  }

  private init(from start: Int) { bounds = [start] }

  /// Lines, each with the line feed that ends it.
  static func lines(_ bytes: ArraySlice<UInt8>, names: inout Names) -> TextTokens {
    var out = TextTokens(from: bytes.startIndex)
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
      out.add(bytes[start..<end], isWord: false, names: &names)
      start = end
    }
    return out
  }

  /// Words, runs of blanks, and every other character by itself. What a reader sees as one
  /// character is never cut; scripts that don't part words by blanks go character by character.
  static func words(_ bytes: ArraySlice<UInt8>, names: inout Names) -> TextTokens {
    var out = TextTokens(from: bytes.startIndex)
    var start = bytes.startIndex
    var end = start
    var kind = Kind.other
    for character in String(decoding: bytes, as: UTF8.self) {
      let next = Kind(character)
      if end > start, next != kind || kind == .other {
        out.add(bytes[start..<end], isWord: kind == .word, names: &names)
        start = end
      }
      kind = next
      end += character.utf8.count
    }
    if end > start { out.add(bytes[start..<end], isWord: kind == .word, names: &names) }
    return out
  }

  private mutating func add(_ token: ArraySlice<UInt8>, isWord: Bool, names: inout Names) {
    ids.append(names.number(token))
    words.append(isWord)
    bounds.append(token.endIndex)
  }

  private enum Kind {
    case word
    case blank
    case other

    init(_ character: Character) {
      if character == " " || character == "\t" {
        self = .blank
      } else if let ascii = character.asciiValue {
        let isWord = ascii | 0x20 >= 0x61 && ascii | 0x20 <= 0x7A || ascii >= 0x30 && ascii <= 0x39
        self = isWord || ascii == 0x5F ? .word : .other
      } else {
        let isWord = character.isLetter || character.isNumber
        self = isWord && !Self.standsAlone(character) ? .word : .other
      }
    }

    /// Ideographs, kana, and the scripts of South-East Asia: no blanks between words.
    private static func standsAlone(_ character: Character) -> Bool {
      guard let scalar = character.unicodeScalars.first else { return true }
      if scalar.properties.isIdeographic { return true }
      return switch scalar.value {
      case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x31F0...0x31FF:
        true
      default: false
      }
    }
  }
}
