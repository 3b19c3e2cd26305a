// SPDX-License-Identifier: MIT

/// The address of an article, with the form of it that says whether two addresses are of one
/// article.
///
/// An article's id is a hash of `identity`, so what it gives is frozen. It errs on the safe side:
/// one article under two identities is kept twice, which a person sees and mends; two articles
/// under one identity would be merged into each other. So it drops only what no site tells articles
/// apart by:
///
/// - http and https are one, as are a name with and without `www.`, when a dotted name is left;
///   other sub-domains (`m.`, `amp.`) stay, since they may show another text.
/// - Host names are lower case and Unicode (`xn--` labels are decoded), without a final dot; ports
///   443, and 80 with http, are dropped.
/// - Percent-encoding is upper case, unreserved characters are not encoded, those that may not
///   stand in a URL are; `.` and `..` are resolved; slashes at the path's end are dropped. The
///   path's case stays.
/// - Query parameters that only track the reader are dropped (`TrackingParameters`). All others
///   stay as they are and in their order: sites are free to give it a meaning.
/// - The fragment is dropped, unless it starts with `!` or `/`, as in single-page sites, where it
///   names the article.
public struct ArticleURL: Hashable, Sendable {
  /// The longest URL that is taken, in bytes of UTF-8.
  public static let maximumBytes = 8192

  /// As it was given, without outer white space.
  public let display: String
  /// Equal for two addresses exactly when they are taken to be one article's. Reading it as an
  /// `ArticleURL` gives it again.
  public let identity: String
  /// The host in lower case, without `www.` and port.
  public let site: String

  /// Reads an absolute http or https URL.
  ///
  /// Throws `urlTooLong`, `urlHasControlCharacter`, `urlHasNoScheme`, `urlSchemeUnknown`,
  /// `urlHasCredentials`, `urlHasNoHost`, `urlHostInvalid`, `urlPortInvalid`.
  public init(_ written: String) throws(AnchoringError) {
    guard written.utf8.count <= 2 * Self.maximumBytes else {
      throw .urlTooLong(bytes: written.utf8.count, limit: Self.maximumBytes)
    }
    let bytes = UTF8Coding.encode(Trimming.trimmed(UTF8Coding.scalars(of: written)))
    guard bytes.count <= Self.maximumBytes else {
      throw .urlTooLong(bytes: bytes.count, limit: Self.maximumBytes)
    }
    if let place = bytes.firstIndex(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw .urlHasControlCharacter(byteOffset: place)
    }
    let parts = try URLParts(bytes)
    let host = try URLHost.normalized(parts.host)
    let port = try Self.port(parts.port, isSecure: parts.isSecure)
    display = String(decoding: bytes, as: UTF8.self)
    site = host
    identity =
      "https://" + host + port + URLNormalization.path(parts.path)
      + URLNormalization.query(parts.query) + URLNormalization.fragment(parts.fragment)
  }

  /// `:port`, or nothing where it goes without saying.
  private static func port(
    _ digits: ArraySlice<UInt8>, isSecure: Bool
  ) throws(AnchoringError) -> String {
    guard !digits.isEmpty else { return "" }
    let written = String(decoding: digits, as: UTF8.self)
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(written),
      number > 0
    else { throw .urlPortInvalid(port: written) }
    let isUsual = number == 443 || number == 80 && !isSecure
    return isUsual ? "" : ":\(number)"
  }
}

/// A URL cut into its parts (RFC 3986, appendix B), each still as it was written.
struct URLParts {
  /// True for https.
  var isSecure: Bool
  var host: ArraySlice<UInt8>
  /// After the colon; empty when there is none.
  var port: ArraySlice<UInt8>
  /// From the slash on; empty when there is none.
  var path: ArraySlice<UInt8>
  /// After the question mark.
  var query: ArraySlice<UInt8>
  /// After the hash.
  var fragment: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) throws(AnchoringError) {
    let (scheme, afterScheme) = try Self.scheme(bytes[...])
    isSecure = scheme == "https"
    // Browsers take a backslash for a slash, up to the query.
    func isSlash(_ byte: UInt8) -> Bool { byte == 0x2F || byte == 0x5C }
    guard afterScheme.count >= 2, afterScheme.prefix(2).allSatisfy(isSlash) else {
      throw .urlHasNoHost
    }
    let rest = afterScheme.dropFirst(2)
    let authority = rest.prefix { !isSlash($0) && $0 != 0x3F && $0 != 0x23 }
    (host, port) = try Self.hostAndPort(authority)

    let afterHost = rest[authority.endIndex...]
    path = afterHost.prefix { $0 != 0x3F && $0 != 0x23 }
    let afterPath = afterHost[path.endIndex...]
    query = afterPath.prefix { $0 != 0x23 }
    fragment = afterPath[query.endIndex...].dropFirst()
    query = query.dropFirst()
  }

  private static func scheme(
    _ bytes: ArraySlice<UInt8>
  ) throws(AnchoringError) -> (String, ArraySlice<UInt8>) {
    let name = bytes.prefix { $0 != 0x3A }
    let rest = bytes[name.endIndex...].dropFirst()
    let scheme = String(decoding: name, as: UTF8.self).lowercased()
    let isName =
      name.first.map(URLNormalization.isLetter) == true
      && name.allSatisfy { URLNormalization.isUnreserved($0) || $0 == 0x2B }
    // "example.org:8080/a" has a host before the colon, not a scheme.
    let isHost = !rest.starts(with: [0x2F, 0x2F]) && (name.contains(0x2E) || rest.first.isDigit)
    guard isName, name.endIndex < bytes.endIndex, !isHost else { throw .urlHasNoScheme }
    guard scheme == "http" || scheme == "https" else { throw .urlSchemeUnknown(scheme: scheme) }
    return (scheme, rest)
  }

  private static func hostAndPort(
    _ authority: ArraySlice<UInt8>
  ) throws(AnchoringError) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
    if authority.contains(0x40) { throw .urlHasCredentials }
    let colonFrom =
      authority.first == 0x5B
      ? authority.firstIndex(of: 0x5D) ?? authority.startIndex : authority.startIndex
    let host: ArraySlice<UInt8>
    var port: ArraySlice<UInt8> = []
    if let colon = authority[colonFrom...].firstIndex(of: 0x3A) {
      host = authority[..<colon]
      port = authority[colon...].dropFirst()
    } else {
      host = authority
    }
    guard !host.isEmpty else { throw .urlHasNoHost }
    return (host, port)
  }
}

extension UInt8? {
  /// True for the ASCII code of a digit.
  fileprivate var isDigit: Bool { map { (0x30...0x39).contains($0) } ?? false }
}
