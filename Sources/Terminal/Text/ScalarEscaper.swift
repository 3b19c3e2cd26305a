// SPDX-License-Identifier: MIT

/// The rules of ``DisplayText``, code point by code point: what is shown for one depends on its
/// neighbours. Offsets stay right because each code point's text is known by itself.
struct ScalarEscaper {
  let breaks: DisplayText.Breaks
  private var previous: Unicode.Scalar?
  private var combiningMarks = 0
  private var isInTagSequence = false

  init(breaks: DisplayText.Breaks) {
    self.breaks = breaks
  }

  /// Appends, as UTF-8, what is shown for `scalar`, the one after those appended before.
  mutating func append(
    _ scalar: Unicode.Scalar, next: Unicode.Scalar?, to text: inout [UInt8]
  ) {
    combiningMarks = Self.isCombining(scalar) ? combiningMarks + 1 : 0
    defer { previous = scalar }
    if (0x20...0x7E).contains(scalar.value) {
      text.append(UInt8(truncatingIfNeeded: scalar.value))
    } else if let shown = replacement(scalar, next: next) {
      text.append(contentsOf: shown.utf8)
    } else if combiningMarks > DisplayText.combiningMarksMax {
      text.append(contentsOf: DisplayText.codeName(scalar).utf8)
    } else {
      text.append(contentsOf: scalar.utf8)
    }
  }

  /// What is shown in place of `scalar`; `nil` when it is shown itself.
  private mutating func replacement(_ scalar: Unicode.Scalar, next: Unicode.Scalar?) -> String? {
    let code = scalar.value
    switch code {
    case 0x0D where next == "\n": return ""
    case 0x0A, 0x2028, 0x2029: return breaks == .keep ? "\n" : breaks == .space ? " " : "⏎"
    case 0x09: return breaks == .keep ? "\t" : breaks == .space ? " " : "⇥"
    case 0..<0x20: return Unicode.Scalar(0x2400 + code).map { String($0) }
    case 0x7F: return "␡"
    case 0x80..<0xA0: return DisplayText.codeName(scalar)
    case 0xAD: return "‧"
    case 0..<0x300: return nil
    default: break
    }
    if Self.isHidden(code), !isWanted(scalar, next: next) { return DisplayText.codeName(scalar) }
    return nil
  }

  /// Default_Ignorable_Code_Point and Noncharacter_Code_Point, which are stable, and the
  /// interlinear annotations; the standard library is asked in a test, because it is slower.
  static func isHidden(_ code: UInt32) -> Bool {
    switch code {
    case 0..<0x34F, 0x2010...0x2027, 0x3165...0xFDCF: return code == 0xAD
    case 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F,
      0x202A...0x202E, 0x2060...0x206F, 0x3164, 0xFDD0...0xFDEF, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0,
      0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
      return true
    default: return code & 0xFFFE == 0xFFFE
    }
  }

  /// Marks that are drawn above or below a letter.
  private static func isCombining(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x300, 0x370..<0x483, 0x2010...0x2027, 0x3400..<0xA000: return false
    default: break
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// Whether an invisible character does its proper work where it stands.
  private mutating func isWanted(_ scalar: Unicode.Scalar, next: Unicode.Scalar?) -> Bool {
    guard let previous else { return false }
    switch scalar.value {
    case 0x200C: return Self.joins(previous)
    case 0x200D: return Self.joins(previous) || (Self.isEmojiPart(previous) && Self.isEmoji(next))
    case 0x200B: return Self.isWrittenWithoutSpaces(previous)
    case 0x200E, 0x200F, 0x061C: return Self.isRightToLeft(previous) || Self.isRightToLeft(next)
    case 0x180B...0x180D, 0x180F: return (0x1800...0x18AF).contains(previous.value)
    case 0x17B4...0x17B5: return (0x1780...0x17FF).contains(previous.value)
    case 0xFE0E...0xFE0F: return previous.properties.isEmoji || Self.takesVariation(previous)
    case 0xFE00...0xFE0D, 0xE0100...0xE01EF: return Self.takesVariation(previous)
    case 0x034F: return (0x0590...0x05FF).contains(previous.value)
    case 0xE0020...0xE007F: return isTagWanted(previous)
    default: return false
    }
  }

  /// Tag characters make the flags of England, Scotland and Wales from a black flag; elsewhere
  /// they are hidden text.
  private mutating func isTagWanted(_ previous: Unicode.Scalar) -> Bool {
    let isTag = (0xE0020...0xE007E).contains(previous.value)
    isInTagSequence = previous.value == 0x1F3F4 || (isTag && isInTagSequence)
    return isInTagSequence
  }

  /// Scripts whose letters join: Arabic to Thaana and N'Ko, Indic, Khmer, Mongolian …
  private static func joins(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0600...0x08FF, 0x0900...0x0DFF, 0x0F00...0x109F, 0x1700...0x18AF, 0x1900...0x1CFF,
      0xA800...0xABFF, 0xFB50...0xFDFF, 0xFE70...0xFEFC, 0x10A00...0x11FFF:
      return scalar.properties.isAlphabetic || isMark(scalar)
    default: return false
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark: return true
    default: return false
    }
  }

  private static func isEmoji(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar, scalar.value > 0x7F else { return false }
    return scalar.properties.isEmoji
  }

  /// What may stand before a joiner in an emoji: one, its skin tone or its variation selector.
  private static func isEmojiPart(_ scalar: Unicode.Scalar) -> Bool {
    isEmoji(scalar) || scalar.value == 0xFE0F
  }

  /// Thai, Lao, Burmese and Khmer, where an invisible space may say where a line can end.
  private static func isWrittenWithoutSpaces(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: return true
    default: return false
    }
  }

  private static func isRightToLeft(_ scalar: Unicode.Scalar?) -> Bool {
    switch scalar?.value ?? 0 {
    case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF:
      return scalar.map { !isHidden($0.value) } ?? false
    default: return false
    }
  }

  /// Ideographs and symbols, of which standard variants exist.
  private static func takesVariation(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isIdeographic { return true }
    switch scalar.properties.generalCategory {
    case .mathSymbol, .otherSymbol: return true
    case .otherPunctuation: return scalar.value >= 0x2000
    default: return false
    }
  }
}
