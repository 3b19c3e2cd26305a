// SPDX-License-Identifier: MIT

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where an import reads from: a file, standard input, bytes in memory.
public struct ByteSource {
  /// How many bytes there are, when that is known.
  public let total: Int?
  private let next: (_ most: Int) throws -> [UInt8]

  /// A source that hands out the next bytes, at most `most`, and none at its end.
  public init(total: Int? = nil, next: @escaping (_ most: Int) throws -> [UInt8]) {
    self.total = total
    self.next = next
  }

  /// Reads on; no bytes mean the end.
  func read(most: Int) throws -> [UInt8] { try next(most) }

  /// Bytes that are there already.
  public static func bytes(_ bytes: [UInt8]) -> ByteSource {
    var rest = bytes[...]
    return ByteSource(total: bytes.count) { most in
      let chunk = Array(rest.prefix(most))
      rest = rest.dropFirst(most)
      return chunk
    }
  }

  /// The file at `path`. Throws when there is none, it is a directory, or it may not be read.
  public static func file(_ path: String) throws(InterchangeError) -> ByteSource {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    let file = OpenFile(descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    let kind = status.st_mode & S_IFMT
    if kind == S_IFDIR {
      throw InterchangeError(.badInput, "\(path) is a directory; an export is a file")
    }
    return ByteSource(total: kind == S_IFREG ? Int(status.st_size) : nil) { most in
      try read(file.descriptor, most: most, name: path)
    }
  }

  /// What comes from an open descriptor, which stays the caller's: standard input.
  public static func descriptor(_ descriptor: Int32, name: String) -> ByteSource {
    ByteSource { most in try read(descriptor, most: most, name: name) }
  }

  private static func read(
    _ descriptor: Int32, most: Int, name: String
  ) throws(InterchangeError) -> [UInt8] {
    var isFailed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
      var result = -1
      repeat {
        #if canImport(Glibc)
          result = Glibc.read(descriptor, buffer.baseAddress, most)
        #else
          result = Darwin.read(descriptor, buffer.baseAddress, most)
        #endif
      } while result < 0 && errno == EINTR
      isFailed = result < 0
      count = max(result, 0)
    }
    if isFailed { throw failure(name) }
    return bytes
  }

  private static func failure(_ path: String) -> InterchangeError {
    let number = errno
    let code: InterchangeError.Code =
      switch number {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, EPERM: .notAllowed
      default: .disk
      }
    return InterchangeError(code, "can't read \(path): \(String(cString: strerror(number)))")
  }
}

/// A descriptor that is closed with its last user.
private final class OpenFile {
  let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
