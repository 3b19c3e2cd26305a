// SPDX-License-Identifier: MIT

/// A URL that has been looked at: what to ask for, and how to name it in messages.
///
/// It refuses what libcurl would guess at or act on: other schemes and missing ones, user names,
/// characters that don't belong in a URL.
struct RequestTarget: Sendable {
  /// The URL as it goes to libcurl.
  let url: String
  /// Whether it is `https`.
  let isSecure: Bool
  /// The URL without query and fragment, at most 200 characters, for messages.
  let display: String

  /// - Throws: ``CurlError/Code/invalidRequest``.
  init(_ url: String) throws(CurlError) {
    let shown = Self.display(url)
    func refusal(_ reason: String) -> CurlError {
      CurlError(.invalidRequest, target: shown, because: reason)
    }
    let bytes = Array(url.utf8)
    guard bytes.count <= Self.urlBytesMax else {
      throw refusal("the URL has more than \(Self.urlBytesMax) bytes")
    }
    guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else {
      throw refusal("the URL has a character that isn't allowed in one")
    }
    let lower = url.lowercased()
    isSecure = lower.hasPrefix("https://")
    guard isSecure || lower.hasPrefix("http://") else {
      throw refusal("the URL doesn't begin with http:// or https://")
    }
    let authority = bytes.dropFirst(isSecure ? 8 : 7).prefix { !Self.endsAuthority($0) }
    guard !authority.isEmpty else { throw refusal("the URL has no host") }
    guard !authority.contains(UInt8(ascii: "@")) else {
      throw refusal("the URL has a user name; credentials go into headers")
    }
    self.url = url
    display = shown
  }

  /// The most bytes of a URL.
  static let urlBytesMax = 8192

  /// The URL for messages: no query, fragment or user, printable ASCII, 200 characters at most.
  static func display(_ url: String) -> String {
    var text = String(url.prefix { $0 != "?" && $0 != "#" })
    if let scheme = text.firstRange(of: "://"),
      let user = text[scheme.upperBound...].prefix(while: { $0 != "/" }).lastIndex(of: "@")
    {
      text.removeSubrange(scheme.upperBound...user)
    }
    return CurlError.printable(text)
  }

  private static func endsAuthority(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
  }
}
