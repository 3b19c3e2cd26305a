// SPDX-License-Identifier: MIT

/// One form for host names: lower-case Unicode.
///
/// What UTS #46 does for lookup, as far as keeping apart what the DNS keeps apart needs it: NFKC
/// and lower case (not case folding: `ß` and `ss` are two names), ideographic full stops are dots,
/// `xn--` labels are decoded.
enum URLHost {
  /// RFC 1035, section 2.3.4.
  private static let labelMax = 63
  private static let hostMax = 253

  /// The host that `written` names, without `www.` when a dotted name is left.
  static func normalized(_ written: ArraySlice<UInt8>) throws(AnchoringError) -> String {
    let invalid = AnchoringError.urlHostInvalid(host: String(decoding: written, as: UTF8.self))
    if written.first == 0x5B {
      guard let address = addressInBrackets(written) else { throw invalid }
      return address
    }
    guard written.count <= hostMax * 4, let scalars = mapped(percentDecoded(written)) else {
      throw invalid
    }
    var labels = scalars.split(separator: 0x2E, omittingEmptySubsequences: false).map {
      (label: ArraySlice<UInt32>) -> [UInt32] in Array(label)
    }
    if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
    guard labels.allSatisfy(isLabel), scalars.count <= hostMax else { throw invalid }
    labels = labels.map(decodedLabel)
    let www: [UInt32] = [0x77, 0x77, 0x77]
    while labels.count > 2, labels[0] == www { labels.removeFirst() }
    return UTF8Coding.string(Array(labels.joined(separator: [0x2E])))
  }

  /// An IPv6 address, lower case, as it was written otherwise.
  private static func addressInBrackets(_ written: ArraySlice<UInt8>) -> String? {
    let lower = String(decoding: written, as: UTF8.self).lowercased()
    let inner = lower.utf8.dropFirst().dropLast()
    let isAddress =
      inner.count >= 2 && lower.utf8.last == 0x5D && inner.contains(0x3A)
      && inner.allSatisfy { byte in
        (0x30...0x3A).contains(byte) || (0x61...0x66).contains(byte) || byte == 0x2E
      }
    return isAddress ? lower : nil
  }

  private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == 0x25, let value = URLNormalization.hexPair(bytes, at: index + 1) {
        out.append(value)
        index += 3
      } else {
        out.append(bytes[index])
        index += 1
      }
    }
    return out
  }

  /// NFKC and lower case, until both hold; nil for what is not UTF-8 or too many marks.
  private static func mapped(_ bytes: [UInt8]) -> [UInt32]? {
    guard let decoded = try? UTF8Coding.decode(bytes),
      var current = try? Canonicalizer.canonical(decoded)
    else { return nil }
    if current.allSatisfy({ $0 < 0x80 }) { return UnicodeMappings.lowercased(current) }
    var normalizer = Normalizer(.compatibility)
    for _ in 0..<4 {
      let visible = current.filter { value in
        !ScalarClass(value).contains(.ignorable) || value == 0x200C || value == 0x200D
      }
      let lower = UnicodeMappings.lowercased(normalizer.normalized(visible))
      let next = normalizer.normalized(lower)
      if next == current { break }
      current = next
    }
    return current.map { (value: UInt32) -> UInt32 in value == 0x3002 ? 0x2E : value }
  }

  /// True for a label of letters, digits, `-` and `_`, or of anything that is not ASCII and not
  /// white space.
  private static func isLabel(_ label: [UInt32]) -> Bool {
    guard (1...labelMax).contains(label.count) else { return false }
    return label.allSatisfy { value in
      guard value < 0x80 else { return !ScalarClass(value).contains(.whiteSpace) && value >= 0xA0 }
      let byte = UInt8(truncatingIfNeeded: value)
      return URLNormalization.isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
        || byte == 0x5F
    }
  }

  /// A label without its Punycode; as it is when that would not give a proper label, so that no two
  /// labels become one.
  private static func decodedLabel(_ label: [UInt32]) -> [UInt32] {
    let prefix: [UInt32] = [0x78, 0x6E, 0x2D, 0x2D]
    guard label.starts(with: prefix), let decoded = Punycode.decoded(label.dropFirst(4)),
      decoded.contains(where: { $0 >= 0x80 }), isLabel(decoded),
      mapped(UTF8Coding.encode(decoded)) == decoded
    else { return label }
    return decoded
  }
}

/// Bootstring with the parameters of RFC 3492, section 5; decoding only.
enum Punycode {
  /// The code points that `label` (lower case, without `xn--`) stands for; nil when it is
  /// malformed.
  static func decoded(_ label: ArraySlice<UInt32>) -> [UInt32]? {
    var out: [UInt32] = []
    var rest = label
    if let hyphen = label.lastIndex(of: 0x2D) {
      out = Array(label[..<hyphen])
      rest = label[hyphen...].dropFirst()
    }
    guard out.allSatisfy({ $0 < 0x80 }), !rest.isEmpty else { return nil }
    var codePoint = 128
    var place = 0
    var bias = 72
    var isFirst = true
    while !rest.isEmpty {
      guard let delta = number(&rest, bias: bias) else { return nil }
      place += delta
      let count = out.count + 1
      bias = adapted(delta, count: count, isFirst: isFirst)
      isFirst = false
      codePoint += place / count
      place %= count
      guard let value = UInt32(exactly: codePoint), Unicode.Scalar(value) != nil else { return nil }
      out.insert(value, at: place)
      place += 1
    }
    return out
  }

  /// One variable-length integer (RFC 3492, section 3.3).
  private static func number(_ digits: inout ArraySlice<UInt32>, bias: Int) -> Int? {
    // Beyond this no code point can be meant.
    let most = 0x11_0000 * 64
    var out = 0
    var weight = 1
    var step = 36
    while let digit = digits.popFirst().flatMap(value) {
      out += digit * weight
      let threshold = min(max(step - bias, 1), 26)
      if digit < threshold { return out }
      weight *= 36 - threshold
      if out > most || weight > most { return nil }
      step += 36
    }
    return nil
  }

  private static func value(_ digit: UInt32) -> Int? {
    switch digit {
    case 0x61...0x7A: Int(digit) - 0x61
    case 0x30...0x39: Int(digit) - 0x30 + 26
    default: nil
    }
  }

  private static func adapted(_ delta: Int, count: Int, isFirst: Bool) -> Int {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / count
    var out = 0
    while delta > 455 {
      delta /= 35
      out += 36
    }
    return out + 36 * delta / (delta + 38)
  }
}
