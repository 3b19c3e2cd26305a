// SPDX-License-Identifier: MIT

internal import CCurl

/// Owns one libcurl easy handle with all that has to live as long: its header list and the buffer
/// for its error text. Used on one thread at a time.
///
/// Take it out of its multi handle before it goes (curl_multi_remove_handle(3)).
struct CurlHandle: ~Copyable {
  /// The handle, for calls that take it. Valid as long as `self`.
  let raw: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>
  private var headerList: UnsafeMutablePointer<curl_slist>?

  /// - Throws: ``CurlError/Code/other(_:)`` when memory is short.
  init() throws(CurlError) {
    guard let raw = curl_easy_init() else {
      throw .libcurl(Int(CURLE_OUT_OF_MEMORY.rawValue), "make a handle")
    }
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    // It takes any pointer; without it, errors would only have fewer words.
    postil_easy_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
    self.raw = raw
    self.errorText = errorText
    headerList = nil
  }

  deinit {
    curl_easy_cleanup(raw)
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  /// What libcurl said about the failure, or nothing.
  var detail: String { String(cString: errorText) }

  /// Sets an option whose value is a `long`.
  func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
    try check(postil_easy_set_long(raw, option, value), option)
  }

  /// Sets an option whose value is a `curl_off_t`.
  func set(_ option: CURLoption, offset value: Int) throws(CurlError) {
    try check(postil_easy_set_offset(raw, option, curl_off_t(value)), option)
  }

  /// Sets an option whose value is a string, which libcurl copies.
  func set(_ option: CURLoption, _ value: String) throws(CurlError) {
    try check(postil_easy_set_string(raw, option, value), option)
  }

  /// Sets an option whose value is a pointer that outlives the handle, or a number in its place.
  func set(_ option: CURLoption, pointer value: UnsafeRawPointer?) throws(CurlError) {
    try check(postil_easy_set_pointer(raw, option, value), option)
  }

  /// Sets one of the two functions that take what arrives.
  func set(_ option: CURLoption, receiver: curl_write_callback) throws(CurlError) {
    try check(postil_easy_set_receiver(raw, option, receiver), option)
  }

  /// Gives the body of a POST. libcurl copies it, to send it again on another connection if the
  /// first is dead.
  func setBody(_ body: [UInt8]) throws(CurlError) {
    try set(CURLOPT_POST, 1)
    try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
    let result = body.withUnsafeBytes { bytes in
      // An empty array may have no address, which would mean "ask the read callback".
      guard let start = bytes.baseAddress else {
        return postil_easy_set_string(raw, CURLOPT_COPYPOSTFIELDS, "")
      }
      return postil_easy_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, start)
    }
    try check(result, CURLOPT_COPYPOSTFIELDS)
  }

  /// Gives the header lines, in libcurl's notation: `Name: value`, `Name;` for an empty value,
  /// `Name:` for none of libcurl's own.
  mutating func setHeaders(_ lines: [String]) throws(CurlError) {
    for line in lines {
      guard let longer = curl_slist_append(headerList, line) else {
        throw .libcurl(Int(CURLE_OUT_OF_MEMORY.rawValue), "make a list of headers")
      }
      headerList = longer
    }
    try set(CURLOPT_HTTPHEADER, pointer: headerList)
  }

  /// The number given as `CURLOPT_PRIVATE` to any handle.
  static func identifier(of raw: UnsafeMutableRawPointer) -> UInt64 {
    UInt64(postil_easy_get_private(raw))
  }

  /// Bytes of body that went out and came in so far.
  var bytesMoved: Int {
    var sent: curl_off_t = 0
    var received: curl_off_t = 0
    postil_easy_get_offset(raw, CURLINFO_SIZE_UPLOAD_T, &sent)
    postil_easy_get_offset(raw, CURLINFO_SIZE_DOWNLOAD_T, &received)
    return Int(sent &+ received)
  }

  /// `127.0.0.1:7780`, `[::1]:7780`, or nothing before there is a connection.
  var remoteAddress: String {
    var address: UnsafePointer<CChar>?
    var port = 0
    guard postil_easy_get_string(raw, CURLINFO_PRIMARY_IP, &address) == CURLE_OK,
      postil_easy_get_long(raw, CURLINFO_PRIMARY_PORT, &port) == CURLE_OK, let address
    else { return "" }
    let host = String(cString: address)
    if host.isEmpty { return "" }
    return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Lets a paused transfer go on. Calls the receivers before it returns.
  func unpause() {
    // A failure ends the transfer, and is reported with its result.
    curl_easy_pause(raw, postil_pause_none)
  }

  private func check(_ result: CURLcode, _ option: CURLoption) throws(CurlError) {
    guard result != CURLE_OK else { return }
    throw .libcurl(Int(result.rawValue), "take option \(option.rawValue)")
  }
}
