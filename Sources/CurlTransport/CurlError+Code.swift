// SPDX-License-Identifier: MIT

internal import CCurl

extension CurlError.Code {
  /// The class of one of libcurl's results; https://curl.se/libcurl/c/libcurl-errors.html has them.
  init(_ result: CURLcode) {
    switch result {
    case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED, CURLE_BAD_FUNCTION_ARGUMENT:
      self = .invalidRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      self = .cannotResolve
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED:
      self = .cannotConnect
    case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
      CURLE_SEND_FAIL_REWIND:
      self = .connectionLost
    case CURLE_OPERATION_TIMEDOUT:
      self = .timedOut
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
      CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED,
      CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_CLIENTCERT, CURLE_USE_SSL_FAILED:
      self = .tlsFailed
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      self = .pinMismatch
    case CURLE_FILESIZE_EXCEEDED:
      self = .tooLarge
    // An answer without a status line is "an unsupported protocol", HTTP/0.9, to libcurl. A URL
    // with another scheme never gets there: RequestTarget refuses it.
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING,
      CURLE_HTTP2, CURLE_WRITE_ERROR:
      self = .badResponse
    case CURLE_ABORTED_BY_CALLBACK:
      self = .cancelled
    default:
      self = .other(Int(result.rawValue))
    }
  }

  /// What happened, up to the URL.
  var sentence: String {
    switch self {
    case .invalidRequest: "Can't send the request to"
    case .cannotResolve: "Found no address for"
    case .cannotConnect: "Could not connect to"
    case .connectionLost: "The connection ended before the answer of"
    case .timedOut: "Took too long:"
    case .tlsFailed: "No secure connection to"
    case .pinMismatch: "The key isn't the one that was pinned for"
    case .tooLarge: "The answer is larger than allowed, from"
    case .badResponse: "Not an HTTP/1 answer, from"
    case .cancelled: "Cancelled:"
    case .overloaded: "Too many requests at once; not sent:"
    case .shutDown: "The HTTP client is shut down; unanswered:"
    case .other: "The request failed:"
    }
  }

  /// What to do about it.
  var advice: String {
    switch self {
    case .invalidRequest: "Correct the peer's address or the request."
    case .cannotResolve: "Check the host's name and this machine's network."
    case .cannotConnect: "Check that the peer runs and that its address and port are right."
    case .connectionLost:
      "Try again; if it goes on, see the peer's log: it may not know this device's key."
    case .timedOut: "Try again; if it goes on, check the network and whether the peer is busy."
    case .tlsFailed: "Check that both sides have their certificates, or pair again."
    case .pinMismatch: "Another machine may be answering there; if the peer is new, pair again."
    case .tooLarge: "Check that it is a Postil peer of a version that this one knows."
    case .badResponse: "Check that the port is a Postil peer's."
    case .cancelled: "Nothing needs doing."
    case .overloaded: "Wait for some of them to end."
    case .shutDown: "Start the program again."
    case .other: "Try again; if it goes on, report it with this text."
    }
  }
}
