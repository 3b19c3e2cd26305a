// SPDX-License-Identifier: MIT

import NIOCore
import NIOHTTP1

/// What every answer says, and answers that are given before anybody has read a whole request.
enum SafeHeaders {
  /// Fields of every answer: nothing is kept, nothing is taken for what it isn't, and a browser
  /// that shows an answer runs nothing in it and tells nobody where it was.
  static let fields: [(name: String, value: String)] = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
  ]

  /// Sets them, whatever was there.
  static func apply(to headers: inout HTTPHeaders) {
    for field in fields { headers.replaceOrAdd(name: field.name, value: field.value) }
  }

  /// A whole answer to a request that isn't looked at any further; the connection ends with it.
  static func refusal(_ status: HTTPResponseStatus) -> ByteBuffer {
    let body = "\(sentence(status))\n"
    var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
    text += "Content-Type: text/plain; charset=utf-8\r\n"
    for field in fields { text += "\(field.name): \(field.value)\r\n" }
    text += "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
    return ByteBuffer(string: text + body)
  }

  private static func sentence(_ status: HTTPResponseStatus) -> String {
    switch status {
    case .requestTimeout: "the request took too long to arrive"
    case .payloadTooLarge: "the body is too large"
    case .lengthRequired: "a body must come with its length, and not in chunks"
    case .requestHeaderFieldsTooLarge: "the head is too large"
    case .unsupportedMediaType: "a body must come as it is, without a content encoding"
    case .expectationFailed: "nothing but 100-continue can be expected"
    case .httpVersionNotSupported: "this is a server of HTTP/1.1"
    default: "the request can't be read"
    }
  }
}
