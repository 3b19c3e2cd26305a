// SPDX-License-Identifier: MIT

internal import CCurl

extension CurlHandle {
  /// Sets up everything about a request but who takes its answer.
  ///
  /// What isn't asked for is off: other schemes, redirects, proxies (those of the environment too),
  /// stored passwords, cookies, inflation, signals.
  /// Options: https://curl.se/libcurl/c/curl_easy_setopt.html
  mutating func configure(
    _ request: HTTPRequest, target: RequestTarget, userAgent: String
  ) throws(CurlError) {
    try set(CURLOPT_URL, target.url)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try set(CURLOPT_HTTP09_ALLOWED, 0)
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_NOPROXY, "*")
    try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_USERAGENT, userAgent)
    try set(CURLOPT_TCP_NODELAY, 1)
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_TCP_KEEPIDLE, 30)
    try set(CURLOPT_TCP_KEEPINTVL, 15)
    try set(CURLOPT_BUFFERSIZE, 64 << 10)
    // Without it, a transfer that ends while its name is being looked up holds up all others
    // until the lookup ends. The lookup's thread frees what it has when it's done.
    try set(CURLOPT_QUICK_EXIT, 1)
    try setMethod(of: request, target: target)
    try setLimits(request.limits)
    try setTLS(request.tls, target: target)
  }

  private mutating func setMethod(
    of request: HTTPRequest, target: RequestTarget
  ) throws(CurlError) {
    var lines = try HeaderLines.lines(for: request.headers, target: target)
    switch request.method {
    case .get:
      guard request.body.isEmpty else {
        throw CurlError(.invalidRequest, target: target.display, because: "a GET has no body")
      }
      try set(CURLOPT_HTTPGET, 1)
    case .post:
      try setBody(request.body)
      // Not "application/x-www-form-urlencoded" unless somebody says so.
      if !request.headers.contains(where: { HTTPHeaders.areSame($0.0, "Content-Type") }) {
        lines.append("Content-Type:")
      }
      lines.append("Expect:")
    }
    try setHeaders(lines)
  }

  private func setLimits(_ limits: HTTPLimits) throws(CurlError) {
    // Refused by its announced length already; the receiver counts what really comes. 0 would
    // mean no limit.
    try set(CURLOPT_MAXFILESIZE_LARGE, offset: max(limits.responseBytesMax, 1))
    try set(CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.curlMilliseconds)
    if let total = limits.totalTimeout {
      try set(CURLOPT_TIMEOUT_MS, total.curlMilliseconds)
    }
    if let slow = limits.lowSpeed {
      try set(CURLOPT_LOW_SPEED_LIMIT, slow.bytesPerSecond)
      try set(CURLOPT_LOW_SPEED_TIME, slow.seconds)
    }
  }

  private func setTLS(_ identity: TLSIdentity?, target: RequestTarget) throws(CurlError) {
    guard let identity else {
      try set(CURLOPT_SSL_VERIFYPEER, 1)
      try set(CURLOPT_SSL_VERIFYHOST, 2)
      try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
      return
    }
    guard target.isSecure else {
      // libcurl would send it in the clear, without a word about the pin.
      throw CurlError(
        .invalidRequest, target: target.display, because: "keys are given, but the URL is http")
    }
    if let pin = identity.pinnedPublicKey {
      guard TLSIdentity.isPin(pin) else {
        // libcurl would take it for the name of a file.
        throw CurlError(
          .invalidRequest, target: target.display,
          because: "the pinned key isn't sha256// and 44 characters of base64")
      }
      try set(CURLOPT_PINNEDPUBLICKEY, pin)
    }
    // With a pin, the key is all that counts. libcurl 7.88 lets a peer without a certificate pass
    // when it verifies neither chain nor name (ossl_connect_step3); TLS 1.3 has no such peers
    // (RFC 8446, 4.4.2), the older versions do.
    let isPinned = identity.pinnedPublicKey != nil
    try set(CURLOPT_SSL_VERIFYPEER, isPinned ? 0 : 1)
    try set(CURLOPT_SSL_VERIFYHOST, isPinned ? 0 : 2)
    try set(
      CURLOPT_SSLVERSION, Int(isPinned ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2))
    // Each connection shows its keys anew.
    try set(CURLOPT_SSL_SESSIONID_CACHE, 0)
    if let path = identity.authoritiesPath { try set(CURLOPT_CAINFO, path) }
    if let path = identity.clientCertificatePath { try set(CURLOPT_SSLCERT, path) }
    if let path = identity.clientKeyPath { try set(CURLOPT_SSLKEY, path) }
  }
}

extension TLSIdentity {
  /// Whether the text is `sha256//` and the base64 form of 32 bytes.
  static func isPin(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard text.hasPrefix("sha256//"), bytes.count == 8 + 44, bytes.last == UInt8(ascii: "=") else {
      return false
    }
    return bytes.dropFirst(8).dropLast().allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
  }
}

extension Duration {
  /// Whole milliseconds as libcurl takes them: at least one, for 0 means its default or none.
  var curlMilliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < 2_000_000 else { return 2_000_000_000 }
    return max(Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000), 1)
  }
}
