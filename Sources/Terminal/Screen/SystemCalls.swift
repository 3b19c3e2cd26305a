// SPDX-License-Identifier: MIT

// The one place that talks to the C library; everything else is a pure function of values.

import Glibc

enum SystemCalls {
  static let brokenPipe = EPIPE

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Columns and rows of the terminal behind `descriptor`; `nil` when it is none, or doesn't say.
  /// Swift's overlay of the C library has the non-variadic `ioctl` that this takes.
  static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Writes all of `bytes`; 0, or the error's number. Blocks until the reader has taken them.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while let start = rest.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: rest).baseAddress {
        let count = Glibc.write(descriptor, start, rest.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
          // Somebody made the shared descriptor non-blocking; wait until it takes more.
          var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&waiting, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }

  /// Makes a write to a closed pipe fail with EPIPE instead of ending the process.
  static func ignoreBrokenPipeSignal() { _ = signal(SIGPIPE, SIG_IGN) }

  /// Whether one of the folders in `path` holds a program of that name.
  static func isOnPath(_ program: String, path: String) -> Bool {
    path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  /// Milliseconds since 1970.
  static func wallMilliseconds() -> Int64 { milliseconds(CLOCK_REALTIME) }

  /// Milliseconds on a clock that never goes back.
  static func monotonicMilliseconds() -> Int64 { milliseconds(CLOCK_MONOTONIC) }

  private static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    guard clock_gettime(clock, &time) == 0 else { return 0 }
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Seconds that local time is ahead of UTC at a moment; 0 when that can't be told.
  static func utcOffsetSeconds(atSecond second: Int64) -> Int {
    var time = time_t(second)
    var parts = tm()
    tzset()
    return localtime_r(&time, &parts) == nil ? 0 : Int(parts.tm_gmtoff)
  }
}

extension Timestamp {
  /// The present moment, by the machine's clock. For the shell alone: pure code is handed a value.
  public static func now() -> Timestamp {
    Timestamp(milliseconds: SystemCalls.wallMilliseconds())
  }

  /// Seconds that this machine's local time (`$TZ`) is ahead of UTC at this moment.
  public var localOffsetSeconds: Int {
    let clamped = min(max(self, .earliest), .latest)
    return SystemCalls.utcOffsetSeconds(
      atSecond: clamped.milliseconds.flooredQuotient(by: 1000))
  }
}
