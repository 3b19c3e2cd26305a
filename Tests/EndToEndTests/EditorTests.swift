// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Notes written in an editor")
struct EditorTests {
  /// A machine with one annotation, and an editor that is a shell script.
  private struct Desk {
    let machine: Machine
    let annotation: String
    /// Where the editor's file is put.
    let folder: String
    /// Where the script leaves a copy of what it wrote.
    let copy: String

    init(_ lab: Lab) throws {
      machine = try lab.machine("desk")
      let article = try machine.add(text: "The valley woke late.", title: "Valley")
      let made = try machine.ok("annotate", article, "--quote", "woke late", "--note", "Why?")
      annotation = made["id"].text
      folder = lab.newPath("editing")
      copy = lab.newPath("copy")
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false)
    }

    /// `note --edit` with this script, in which `$1` is the file, and `$ID` the annotation.
    func edit(_ script: String) throws -> CommandResult {
      let editor = try machine.lab.file(script)
      return try machine.run(
        "note", annotation, "--edit",
        with: [
          "EDITOR": "sh '\(editor)'", "XDG_RUNTIME_DIR": folder, "ID": annotation,
          "COPY": copy, "CLIENTCTL": Programs.clientctl,
        ])
    }

    /// The note as it is now.
    func note() throws -> String { try machine.ok("show", annotation)["note"].text }

    /// What lies where the editor's file is put.
    func left() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder) }
  }

  @Test("what was saved is the note, and no file is left")
  func good() throws {
    try Lab.run { lab in
      let desk = try Desk(lab)
      _ = try desk.edit(#"grep -q 'Why?' "$1" && echo 'Because.' > "$1""#).succeeded()
      #expect(try desk.note() == "Because.")
      #expect(try desk.left().isEmpty)
    }
  }

  @Test(
    "what can't be saved is kept, and told where",
    arguments: [
      (#"head -c 900001 /dev/zero | tr '\0' x > "$1"; cp "$1" "$COPY""#, 2),
      (#"head -c 2000000 /dev/zero | tr '\0' x > "$1"; cp "$1" "$COPY""#, 2),
      (#"printf 'words \377' > "$1"; cp "$1" "$COPY""#, 2),
      (#"echo words > "$1"; cp "$1" "$COPY"; "$CLIENTCTL" delete "$ID""#, 3),
      (#"echo words > "$1"; cp "$1" "$COPY"; exit 9"#, 1),
      (#"echo words > "$1"; cp "$1" "$COPY"; kill -KILL $$"#, 1),
    ] as [(String, Int32)])
  func kept(script: String, code: Int32) throws {
    try Lab.run { lab in
      let desk = try Desk(lab)
      let result = try desk.edit(script)
      #expect(result.code == code, "\(result)")
      let name = try #require(try desk.left().first, "\(result)")
      let path = desk.folder + "/" + name
      #expect(result.error.contains("what you wrote is kept in \(path)\n"), "\(result)")
      #expect(Lab.bytes(path) == Lab.bytes(desk.copy))
      #expect(!Lab.bytes(path).isEmpty)
      var facts = stat()
      #expect(stat(path, &facts) == 0)
      #expect(facts.st_mode & 0o777 == 0o600)
    }
  }

  @Test("an editor that gave up without a word leaves no file", arguments: ["exit 1", "rm \"$1\""])
  func nothingWritten(script: String) throws {
    try Lab.run { lab in
      let desk = try Desk(lab)
      let result = try desk.edit(script)
      #expect(result.code != 0 && !result.error.contains("is kept"), "\(result)")
      #expect(try desk.left().isEmpty)
      #expect(try desk.note() == "Why?")
    }
  }

  @Test("an interrupt from the keyboard is the editor's", arguments: ["INT", "QUIT"])
  func interrupt(signal: String) throws {
    try Lab.run { lab in
      let desk = try Desk(lab)
      // Its parent is clientctl itself: the shell that starts it becomes it.
      let script = #"kill -\#(signal) $PPID; echo 'Written all the same.' > "$1""#
      _ = try desk.edit(script).succeeded()
      #expect(try desk.note() == "Written all the same.")
      #expect(try desk.left().isEmpty)
    }
  }
}
