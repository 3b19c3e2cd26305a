// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Backups.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Write the library into one file, check such a file, restore.",
    subcommands: [BackupCreate.self, BackupVerify.self, BackupRestore.self])
}

/// Makes a backup.
struct BackupCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Write everything into a file, also while others write to the store.",
    discussion: """
      The file holds every change and every text of this moment, and nothing of
      what this machine is: no key, no writer, no peers. It is read again before
      it is put in place, so a file of that name is whole. In a directory, the
      file's name tells library and time, and --keep removes the oldest ones of
      this library.

      EXAMPLES
        clientctl backup create library.backup
        clientctl backup create ~/backups --keep 14
      """)

  @Argument(help: "A file to write, or a directory to write a file into.", completion: .file())
  var target: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @Option(
    help: ArgumentHelp("In a directory, keep only the newest backups.", valueName: "count"))
  var keep: Int?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if let keep, keep < 1 { throw ValidationError("--keep takes a number from 1 on") }
  }

  func run() throws {
    let session = try options.openExisting()
    let store = session.store
    let folder = BackupFolder(path: Process.absolute(target), library: try store.holdings().library)
    if keep != nil && !folder.isDirectory {
      throw Failure(.usage, "--keep needs a directory, and \(target) is none")
    }
    folder.removeLeftovers()
    let path = folder.isDirectory ? folder.newFile(at: store.environment.now()) : folder.path
    let contents = try Reporting.progress("backing up") { progress in
      try store.backup(to: path, isReplacing: force, progress: progress)
    }
    let removed = keep.map { folder.removeOldest(keeping: $0) } ?? []
    var object = contents.json(file: path)
    if keep != nil { object.put("removed", .array(removed.map { .string($0) })) }
    try session.output.report(
      object,
      sentence: "backed up \(contents.changes) changes and \(contents.texts) texts into \(path)",
      plain: path)
    if contents.textsMissing > 0 {
      session.output.remark(
        "\(contents.textsMissing) texts have not arrived on this machine, and are not in it")
    }
  }
}

/// Checks a backup.
struct BackupVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a backup down to the last byte, and say what it holds.",
    discussion: """
      Every change is checked against its chain of hashes, every text against
      its hash, and the whole is restored into a store that is thrown away, in
      $TMPDIR or /var/tmp. Nothing else is touched.

      EXAMPLES
        clientctl backup verify library.backup
        clientctl backup verify library.backup --json
      """)

  @Argument(help: "The backup.", completion: .file())
  var file: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let output = options.output()
    let backup = try BackupFile(path: Process.absolute(file))
    let environment = HostEnvironment.store(name: HostEnvironment.hostName())
    let rehearsal = try Reporting.progress("verifying") { progress in
      try BackupRehearsal.run(
        backup, in: Process.environment["TMPDIR"] ?? "/var/tmp", environment: environment,
        progress: progress)
    }
    var object = backup.contents.json(file: backup.path)
    object.put("ok", rehearsal.problems.isEmpty)
    object.put("articles", rehearsal.articles)
    object.put("annotations", rehearsal.annotations)
    object.put("problems", .array(rehearsal.problems.map { .string($0) }))
    if output.isJSON {
      try output.print(object)
    } else {
      let contents = backup.contents
      var rows = [
        ["library", contents.library.raw.uuidText],
        ["made", Timestamp(milliseconds: contents.made).rfc3339],
        ["device", contents.device], ["changes", String(contents.changes)],
        ["texts", String(contents.texts)], ["articles", String(rehearsal.articles)],
        ["annotations", String(rehearsal.annotations)],
        ["fingerprint", contents.fingerprint.uuidText],
      ]
      if contents.textsMissing > 0 {
        rows.append(["texts missing", String(contents.textsMissing)])
      }
      rows += rehearsal.problems.map { ["problem", $0] }
      rows.append([rehearsal.problems.isEmpty ? "all is well" : "this backup is damaged"])
      // What a backup says of itself is somebody else's word: it gets no line of its own.
      let lines = rows.map { $0.map(DisplayText.tsvField).joined(separator: "\t") + "\n" }
      try output.print(lines.joined())
    }
    if !rehearsal.problems.isEmpty { throw Failure(.internal, "the backup has problems") }
  }
}

/// Restores a backup.
struct BackupRestore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Bring a backup's contents into the store; nothing that is there is lost.",
    discussion: """
      A store that isn't there yet, or is empty, becomes the backup's library,
      under a writer and a device key of its own; pair it with its peers anew.
      A store that holds the same library gets what it lacks; what was deleted
      since stays deleted. A store of another library is refused.

      EXAMPLES
        clientctl backup restore library.backup
        clientctl backup restore library.backup --store ~/restored
      """)

  @Argument(help: "The backup.", completion: .file())
  var file: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    // First: a file that is no backup must not make a store.
    let backup = try BackupFile(path: Process.absolute(file))
    let session = try options.open()
    let report = try Reporting.progress("restoring") { progress in
      try session.store.restore(backup, progress: progress)
    }
    session.notice()
    var object = JSONObject()
    object.put("library", backup.contents.library.raw.uuidText)
    object.put("merged", report.merged)
    object.put("present", report.present)
    object.put("texts", report.texts)
    if !report.forked.isEmpty {
      object.put("forked", .array(report.forked.sorted().map { .string($0.raw.uuidText) }))
    }
    let problems = report.problems + report.refusals.map(\.reason)
    object.put("problems", .array(problems.map { .string($0) }))
    try session.output.report(
      object,
      sentence: "\(report.merged) changes and \(report.texts) texts were restored; "
        + "\(report.present) changes were here already",
      plain: "\(report.merged)")
    for problem in problems { session.output.remark("problem: \(problem)") }
    if !problems.isEmpty {
      throw Failure(.partly, "a part of the backup could not be restored; the rest was")
    }
  }
}

extension BackupContents {
  /// The fields that every command about a backup prints.
  fileprivate func json(file: String) -> JSONObject {
    var object = JSONObject()
    object.put("file", file)
    object.put("library", library.raw.uuidText)
    object.put("fingerprint", fingerprint.uuidText)
    object.put("made", Timestamp(milliseconds: made).rfc3339)
    object.put("device", device)
    object.put("changes", changes)
    object.put("texts", texts)
    if textsMissing > 0 { object.put("textsMissing", textsMissing) }
    return object
  }
}
