// SPDX-License-Identifier: MIT

/// What became of output.
public enum OutputResult: Sendable, Equatable {
  /// It was all taken.
  case written
  /// The reader went away, as `head` does: end quietly, with exit code 0.
  case brokenPipe
  /// The system's error number: a full disk, for example.
  case failed(errno: Int32)
}

/// Standard output or standard error, unbuffered.
///
/// Call ``ignoreBrokenPipeSignal()`` once at start; else a closed pipe ends the process.
public struct OutputFile: Sendable {
  /// The file descriptor.
  public let descriptor: Int32

  /// A file by its descriptor; it is neither opened nor closed.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Standard output.
  public static let standardOutput = OutputFile(descriptor: 1)
  /// Standard error.
  public static let standardError = OutputFile(descriptor: 2)

  /// Makes writing to a closed pipe answer ``OutputResult/brokenPipe`` instead of ending the
  /// process by a signal.
  public static func ignoreBrokenPipeSignal() { SystemCalls.ignoreBrokenPipeSignal() }

  /// Writes all of it; blocks until the reader has taken it.
  public func write(_ bytes: [UInt8]) -> OutputResult {
    switch SystemCalls.write(bytes, to: descriptor) {
    case 0: .written
    case SystemCalls.brokenPipe: .brokenPipe
    case let error: .failed(errno: error)
    }
  }

  /// Writes all of it; blocks until the reader has taken it.
  public func write(_ text: String) -> OutputResult { write(Array(text.utf8)) }
}
