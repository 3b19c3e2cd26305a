// SPDX-License-Identifier: MIT

internal import CCurl

/// Owns the set of running transfers with its cache of open connections. Used on one thread at a
/// time; only its ``waker`` is for others.
struct CurlMulti: ~Copyable {
  /// What ended, and how.
  struct Ending {
    let id: UInt64
    let result: CURLcode
  }

  private let raw: UnsafeMutableRawPointer

  /// - Parameter idleConnectionsMax: how many connections are kept open for later requests.
  /// - Throws: ``CurlError/Code/other(_:)`` when memory or file descriptors are short.
  init(idleConnectionsMax: Int) throws(CurlError) {
    // Once for the process, thread-safe since libcurl 7.84.
    let ready = curl_global_init(postil_global_default)
    guard ready == CURLE_OK else { throw .libcurl(Int(ready.rawValue), "start") }
    guard let raw = curl_multi_init() else {
      throw .libcurl(Int(CURLE_OUT_OF_MEMORY.rawValue), "make a set of transfers")
    }
    let result = postil_multi_set_long(raw, CURLMOPT_MAXCONNECTS, idleConnectionsMax)
    guard result == CURLM_OK else {
      curl_multi_cleanup(raw)
      throw .libcurl(Int(result.rawValue), "take a limit")
    }
    self.raw = raw
  }

  deinit {
    curl_multi_cleanup(raw)
  }

  /// Ends a ``poll(milliseconds:)`` from any thread.
  var waker: CurlWaker { CurlWaker(multi: raw) }

  /// Starts a transfer.
  func add(_ handle: borrowing CurlHandle) throws(CurlError) {
    let result = curl_multi_add_handle(raw, handle.raw)
    guard result == CURLM_OK else { throw .libcurl(Int(result.rawValue), "start a transfer") }
  }

  /// Takes a transfer out; its connection is kept if it ended well, and closed if not.
  func remove(_ handle: borrowing CurlHandle) {
    curl_multi_remove_handle(raw, handle.raw)
  }

  /// Reads and writes what can be without waiting. Calls the receivers.
  func perform() throws(CurlError) {
    var running: Int32 = 0
    let result = curl_multi_perform(raw, &running)
    guard result == CURLM_OK else { throw .libcurl(Int(result.rawValue), "move data") }
  }

  /// The next transfer that ended and wasn't told yet.
  func nextEnding() -> Ending? {
    var waiting: Int32 = 0
    while let message = curl_multi_info_read(raw, &waiting) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
        continue
      }
      return Ending(id: CurlHandle.identifier(of: easy), result: message.pointee.data.result)
    }
    return nil
  }

  /// Waits for a socket, a timer of libcurl's, the waker, or the time given.
  func poll(milliseconds: Int32) throws(CurlError) {
    let result = curl_multi_poll(raw, nil, 0, milliseconds, nil)
    guard result == CURLM_OK else { throw .libcurl(Int(result.rawValue), "wait for data") }
  }
}

/// Wakes the thread that polls a ``CurlMulti``.
///
/// `@unchecked Sendable`: it holds a pointer, and the one call made with it is
/// `curl_multi_wakeup`, which "can be called from any thread" (curl_multi_wakeup(3)). That the
/// multi handle still exists is up to ``CurlInbox``, which calls `wake()` under its lock only and
/// drops the waker under the same lock before the handle goes.
struct CurlWaker: @unchecked Sendable {
  fileprivate let multi: UnsafeMutableRawPointer

  func wake() {
    // It fails only when memory or the pipe is gone, and then poll() fails, too.
    curl_multi_wakeup(multi)
  }
}
