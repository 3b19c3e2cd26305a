// SPDX-License-Identifier: MIT

internal import CCurl
internal import Glibc

/// Starts the thread that a ``CurlEngine`` lives on.
///
/// A thread of its own, since libcurl waits in `poll`, which would take one of the few threads of
/// the cooperative pool away from everybody else.
enum CurlThread {
  /// Starts the thread and gives it the engine. It ends when the engine's inbox is told to stop.
  ///
  /// - Throws: ``CurlError/Code/other(_:)`` when there can't be another thread.
  static func start(_ engine: sending CurlEngine) throws(CurlError) {
    let inbox = engine.inbox
    let baton = Unmanaged.passRetained(engine)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { baton in
        guard let baton else { return nil }
        CurlThread.blockSignals()
        postil_name_thread("postil-curl")
        CurlThread.live(baton).noteStopped()
        return nil
      }, baton.toOpaque())
    guard failure == 0 else {
      inbox.close()
      baton.release()
      throw CurlError(
        .other(Int(failure)),
        "Could not start the thread for HTTP requests (error \(failure)). Check the limits on "
          + "this user's threads and memory.")
    }
    pthread_detach(thread)
  }

  /// Runs the engine and lets it go, with its connections, before it returns.
  @inline(never)
  private static func live(_ baton: UnsafeMutableRawPointer) -> CurlInbox {
    let engine = Unmanaged<CurlEngine>.fromOpaque(baton).takeRetainedValue()
    engine.run()
    return engine.inbox
  }

  /// Leaves signals to the program's other threads, and keeps SIGPIPE from ending it: libcurl
  /// with `CURLOPT_NOSIGNAL` leaves that one to us.
  private static func blockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
  }
}
