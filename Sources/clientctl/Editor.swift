// SPDX-License-Identifier: MIT

import Glibc
import Host

/// The person's own editor.
enum Editor {
  /// Opens `text` in $VISUAL, $EDITOR or vi, and returns what was saved.
  static func edit(_ text: String) throws -> String {
    let environment = Process.environment
    let folder = environment["XDG_RUNTIME_DIR"] ?? environment["TMPDIR"] ?? "/tmp"
    var template = Array("\(folder)/postil-note-XXXXXX.md".utf8CString)
    let file = mkstemps(&template, 3)
    guard file >= 0 else {
      throw Failure(.internal, "can't make a file for the editor in \(folder)")
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    let bytes = Array(text.utf8)
    let written = write(file, bytes, bytes.count)
    close(file)
    guard written == bytes.count else {
      throw Failure(.internal, "can't write \(path): \(String(cString: strerror(errno)))")
    }
    let editor = environment["VISUAL"] ?? environment["EDITOR"] ?? "vi"
    try run(["/bin/sh", "-c", "exec \(editor) \"$1\"", "sh", path], editor: editor)
    let saved = try InputFile.read(path, bytesMax: 1 << 20)
    guard let new = String(validating: saved, as: UTF8.self) else {
      throw Failure(.usage, "what the editor saved is not UTF-8; nothing was written")
    }
    // Editors end the last line; people don't mean that as part of the note.
    return new.hasSuffix("\n") && !text.hasSuffix("\n") ? String(new.dropLast()) : new
  }

  private static func run(_ words: [String], editor: String) throws {
    let arguments = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    guard posix_spawn(&process, words[0], nil, nil, arguments + [nil], environ) == 0 else {
      throw Failure(.internal, "can't start the editor “\(editor)”; set EDITOR")
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else {
      throw Failure(.nothing, "the editor “\(editor)” gave up; nothing was written")
    }
  }
}
