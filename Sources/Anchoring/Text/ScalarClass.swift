// SPDX-License-Identifier: MIT

/// What this module needs to know about one code point, in one byte.
struct ScalarClass: OptionSet {
  let rawValue: UInt8

  /// A letter or a number (general categories L and N).
  static let letterOrDigit = ScalarClass(rawValue: 1)
  /// A combining mark (M).
  static let mark = ScalarClass(rawValue: 2)
  /// White_Space.
  static let whiteSpace = ScalarClass(rawValue: 4)
  /// Default_Ignorable_Code_Point: soft hyphen, joiners, variation selectors …
  static let ignorable = ScalarClass(rawValue: 8)
  /// NFKC_Casefold maps it to something else.
  static let foldsAway = ScalarClass(rawValue: 16)
  /// May compose with, or belongs to, what stands before it.
  static let continues = ScalarClass(rawValue: 32)
  /// Of a script that puts no spaces between words.
  static let spaceless = ScalarClass(rawValue: 64)
  /// A number (N).
  static let digit = ScalarClass(rawValue: 128)

  /// Part of a word: letter, digit or mark.
  var isWord: Bool { !isDisjoint(with: [.letterOrDigit, .mark]) }
  /// Nothing to see: white space or ignorable.
  var isInvisible: Bool { !isDisjoint(with: [.whiteSpace, .ignorable]) }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The class of `value`; empty for what is not a Unicode scalar value.
  init(_ value: UInt32) {
    guard value >= 0x80 else {
      self = ScalarClass(ascii: value)
      return
    }
    guard let scalar = Unicode.Scalar(value) else {
      self = []
      return
    }
    let properties = scalar.properties
    var out: ScalarClass = []
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      out = .letterOrDigit
    case .decimalNumber, .letterNumber, .otherNumber: out = [.letterOrDigit, .digit]
    case .nonspacingMark, .spacingMark, .enclosingMark: out = [.mark, .continues]
    default: break
    }
    if properties.isWhitespace { out.insert(.whiteSpace) }
    if properties.isDefaultIgnorableCodePoint { out.formUnion([.ignorable, .continues]) }
    if properties.changesWhenNFKCCaseFolded { out.insert(.foldsAway) }
    if Self.composesBackward(value) { out.insert(.continues) }
    if Self.isOfSpacelessScript(value) { out.insert(.spaceless) }
    self = out
  }

  private init(ascii value: UInt32) {
    switch value {
    case 0x30...0x39: self = [.letterOrDigit, .digit]
    case 0x41...0x5A: self = [.letterOrDigit, .foldsAway]
    case 0x61...0x7A: self = .letterOrDigit
    case 0x09...0x0D, 0x20: self = .whiteSpace
    default: self = []
    }
  }

  /// Letters whose NFKC form may join what stands before: Hangul vowels and finals with their
  /// compatibility forms, half-width kana voicing, Kirat Rai vowels; Thai and Lao AM, whose form
  /// begins with a mark.
  private static func composesBackward(_ value: UInt32) -> Bool {
    switch value {
    case 0x1160...0x11FF, 0xD7B0...0xD7FF, 0x3131...0x318E, 0xFFA0...0xFFDC: true
    case 0xE33, 0xEB3, 0xFF9E...0xFF9F, 0x1_6D63...0x1_6D6A: true
    default: false
    }
  }

  /// Thai, Lao, Myanmar, Khmer, kana, Han.
  private static func isOfSpacelessScript(_ value: UInt32) -> Bool {
    switch value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x31F0...0x31FF:
      true
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F: true
    case 0x2_0000...0x3_FFFF: true
    default: false
    }
  }
}

/// Classes of code points with a small cache, since a text uses few different ones and asking
/// the standard library takes about a tenth of a microsecond.
struct ScalarClasses {
  private static let slots = 1024
  private var keys: [UInt32]
  private var values: [UInt8]

  init() {
    keys = Array(repeating: .max, count: Self.slots)
    values = Array(repeating: 0, count: Self.slots)
  }

  /// The class of `value`.
  mutating func of(_ value: UInt32) -> ScalarClass {
    let slot = Int(truncatingIfNeeded: value) & (Self.slots - 1)
    if keys[slot] == value { return ScalarClass(rawValue: values[slot]) }
    let found = ScalarClass(value)
    keys[slot] = value
    values[slot] = found.rawValue
    return found
  }
}
