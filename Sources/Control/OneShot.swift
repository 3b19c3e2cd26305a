// SPDX-License-Identifier: MIT

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `syncd`, run for one piece of work when no daemon is there. It answers on standard output with
/// the
/// same lines of JSON that the daemon's socket gives.
public enum OneShot {
  /// Runs the program at `path` with `arguments` and `input` (at most a pipe's worth, 4 KiB), and
  /// hands
  /// out each line that it prints. Returns its exit code.
  public static func run(
    _ path: String, _ arguments: [String], input: [UInt8] = [],
    _ body: ([UInt8]) throws -> Void
  ) throws -> Int32 {
    guard access(path, X_OK) == 0 else { throw ControlError.programMissing(path) }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ControlSocket.failure("make a pipe") }
    var inputEnds: [Int32] = [0, 0]
    guard pipe(&inputEnds) == 0 else { throw ControlSocket.failure("make a pipe") }
    _ = input.prefix(4096).withUnsafeBytes { write(inputEnds[1], $0.baseAddress, $0.count) }
    close(inputEnds[1])
    defer { close(inputEnds[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, inputEnds[0], 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, inputEnds[0])
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addclose(&actions, ends[1])
    let words = ([path] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let failed = posix_spawn(&process, path, &actions, nil, words + [nil], environ)
    close(ends[1])
    defer { close(ends[0]) }
    guard failed == 0 else {
      throw ControlError.system(
        doing: "start \(path)", reason: String(cString: strerror(failed)))
    }
    var problem: (any Error)?
    do { try LineReader.each(from: ends[0], body) } catch { problem = error }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    if let problem { throw problem }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 70
  }

  /// Where `syncd` is: what `$POSTIL_SYNCD` says, else next to this program, else on `$PATH`.
  public static func find(ownPath: String, environment: [String: String]) -> String? {
    if let named = environment["POSTIL_SYNCD"], !named.isEmpty { return named }
    var places: [String] = []
    if let slash = ownPath.lastIndex(of: "/") { places.append(String(ownPath[..<slash])) }
    places += (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return places.map { $0 + "/syncd" }.first { access($0, X_OK) == 0 }
  }
}
