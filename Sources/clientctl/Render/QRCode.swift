// SPDX-License-Identifier: MIT

import CQREncode
import Host
import Terminal

/// A text as a QR code (ISO/IEC 18004) that a camera reads from the screen.
struct QRCode {
  /// Modules on a side.
  let side: Int
  private let isDark: [Bool]

  /// Light modules around it, as the standard asks.
  private static let quiet = 4

  init(_ text: String) throws {
    // Level L: the link is long, a screen is clean, and the code must fit 80 columns.
    guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L) else {
      throw Failure(.usage, "the link is too long for a QR code; give fewer addresses")
    }
    defer { QRcode_free(code) }
    side = Int(code.pointee.width)
    let modules = UnsafeBufferPointer(start: code.pointee.data, count: side * side)
    isDark = modules.map { $0 & 1 == 1 }
  }

  /// Two rows of modules to a line of half blocks. With colours black on white, which cameras read
  /// best; without, for a dark screen.
  func text(_ facts: TerminalFacts) -> String {
    let range = -Self.quiet..<(side + Self.quiet)
    let hasColors = facts.color > .none
    var out = ""
    for row in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
      if hasColors { out += "\u{1B}[30;107m" }
      for column in range {
        let (upper, lower) = (dark(row, column), dark(row + 1, column))
        let (top, bottom) = hasColors ? (upper, lower) : (!upper, !lower)
        out += top ? (bottom ? "█" : "▀") : (bottom ? "▄" : " ")
      }
      out += hasColors ? "\u{1B}[0m\n" : "\n"
    }
    return out
  }

  private func dark(_ row: Int, _ column: Int) -> Bool {
    guard (0..<side).contains(row), (0..<side).contains(column) else { return false }
    return isDark[row * side + column]
  }
}
