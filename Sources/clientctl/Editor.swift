// SPDX-License-Identifier: MIT

import Glibc
import Host
import Terminal

/// The person's own editor.
enum Editor {
  /// Opens `text` in $VISUAL, $EDITOR or vi, and hands what was saved to `save`.
  ///
  /// The editor's file goes once `save` has returned, or when it holds nothing new. Whatever fails
  /// before that, what the person wrote stays there, and a line on standard error names it.
  static func edit<Saved>(_ text: String, _ save: (String) throws -> Saved) throws -> Saved {
    let path = try file(holding: text)
    do {
      try open(path)
      let result = try save(try saved(at: path, from: text))
      unlink(path)
      return result
    } catch {
      keep(path, unlessHolding: text)
      throw error
    }
  }

  /// A file for the person alone.
  private static func file(holding text: String) throws -> String {
    let environment = Process.environment
    let folder = environment["XDG_RUNTIME_DIR"] ?? environment["TMPDIR"] ?? "/tmp"
    var template = Array("\(folder)/postil-note-XXXXXX.md".utf8CString)
    let file = mkstemps(&template, 3)
    guard file >= 0 else {
      throw Failure(.internal, "can't make a file for the editor in \(folder)")
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let written = OutputFile(descriptor: file).write(text)
    close(file)
    if case .failed(let number) = written {
      unlink(path)
      throw Failure(.internal, "can't write \(path): \(String(cString: strerror(number)))")
    }
    return path
  }

  /// Runs the editor on the file.
  private static func open(_ path: String) throws {
    let environment = Process.environment
    let editor = environment["VISUAL"] ?? environment["EDITOR"] ?? "vi"
    let shell = ShellCommand(
      "exec \(editor) \"$1\"", arguments: [path], environment: environment)
    guard let ending = shell.run() else {
      throw Failure(.internal, "can't start the editor “\(editor)”; set EDITOR")
    }
    guard ending == .exited(0) else {
      throw Failure(.nothing, "the editor “\(editor)” gave up; nothing was written")
    }
  }

  /// What stands in the file now.
  private static func saved(at path: String, from text: String) throws -> String {
    let saved = try InputFile.read(path, bytesMax: 1 << 20)
    guard let new = String(validating: saved, as: UTF8.self) else {
      throw Failure(.usage, "what the editor saved is not UTF-8; nothing was written")
    }
    // Editors end the last line; people don't mean that as part of the note.
    return new.hasSuffix("\n") && !text.hasSuffix("\n") ? String(new.dropLast()) : new
  }

  /// Leaves the file, and says where it is; removes one that nothing was written into.
  private static func keep(_ path: String, unlessHolding text: String) {
    guard access(path, F_OK) == 0 else { return }
    let given = Array(text.utf8)
    // With or without the line end that editors put at the end of every file.
    if let held = try? InputFile.read(path, bytesMax: given.count + 1),
      held == given || held == given + [0x0A]
    {
      unlink(path)
      return
    }
    // Some editors put a file of their own making in its place.
    chmod(path, 0o600)
    _ = OutputFile.standardError.write(
      "clientctl: what you wrote is kept in \(DisplayText.escaped(path))\n")
  }
}
