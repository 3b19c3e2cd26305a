// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("The control socket")
struct ControlSocketTests {
  /// A socket, and what `body` answers for it and its address.
  private func socket(
    at path: String, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws -> Int32 {
    let file = Glibc.socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      close(file)
      throw Trouble("can't use \(path): \(String(cString: strerror(errno)))")
    }
    return file
  }

  private func connect(_ path: String) throws -> Int32 {
    try socket(at: path) { Glibc.connect($0, $1, $2) }
  }

  @Test("a sync that gets no answer is no success", arguments: [[], ["--wait"], ["--json"]])
  func noAnswer(options: [String]) throws {
    try Pair.run { pair in
      let laptop = pair.laptop
      try laptop.stopDaemon()
      // Hears the command and hangs up, as a daemon does that is killed meanwhile.
      let path = laptop.store + "/syncd.sock"
      unlink(path)
      let file = try socket(at: path) { file, address, size in
        Glibc.bind(file, address, size) == 0 ? listen(file, 1) : -1
      }
      defer { close(file) }
      let error = laptop.lab.newPath("err")
      let child = try laptop.lab.start(
        Programs.clientctl, ["sync"] + options, environment: laptop.environment,
        output: laptop.lab.newPath("out"), error: error)
      var coming = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      try #require(poll(&coming, 1, 60_000) == 1)
      let connection = accept(file, nil, nil)
      var byte: UInt8 = 0
      while read(connection, &byte, 1) == 1, byte != 0x0A {}
      close(connection)
      #expect(child.wait(seconds: 30) == 5)
      #expect(Lab.text(error).contains("before it said how it went"), "\(Lab.text(error))")
    }
  }

  @Test("has mode 0600 under any umask", arguments: ["000", "022", "777"])
  func mode(umask: String) throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      _ = try desk.ok("status")
      let log = lab.newPath("log")
      let child = try lab.start(
        "/bin/sh",
        ["-c", "umask \(umask); exec \"$0\" --listen 127.0.0.1:0", Programs.syncd],
        environment: desk.environment, output: log, error: log)
      let path = desk.store + "/syncd.sock"
      let isServing = Moment.wait(seconds: 15) {
        (try? Wire.ask(unix: path, line: #"{"command":"addresses"}"#)) != nil
      }
      #expect(isServing, "\(Lab.text(log))")
      var facts = stat()
      #expect(stat(path, &facts) == 0)
      #expect(facts.st_mode & 0o777 == 0o600)
      child.end()
    }
  }

  @Test("serves 32 commands at once; one more is hung up on, and heard when one has gone")
  func many() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      let path = desk.store + "/syncd.sock"
      var files: [Int32] = []
      defer { for file in files { close(file) } }
      for _ in 0..<40 { files.append(try connect(path)) }
      let isSettled = Moment.wait(seconds: 4) { files.count { !Wire.isClosed($0) } == 32 }
      #expect(isSettled, "\(files.count { !Wire.isClosed($0) }) are served")
      close(files.removeFirst())
      let isHeard = Moment.wait(seconds: 4) { (try? daemon.addresses())?.isEmpty == false }
      #expect(isHeard)
      // The rest have said nothing for ten seconds by then.
      let isOver = Moment.wait(seconds: 14) { files.allSatisfy { Wire.isClosed($0) } }
      #expect(isOver, "\(files.count { !Wire.isClosed($0) }) wait still")
    }
  }

  @Test("a sync that nobody waits for any more is given up, and is no trouble of the peer's")
  func abandoned() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      _ = try desk.add(text: "Nobody takes this.", title: "Silence")
      let peer = try OddPeer(.silent, library: try desk.ok("status")["library"].text)
      defer { peer.stop() }
      let daemon = try desk.startDaemon()
      try desk.ok("peer", "join", peer.link)
      let path = desk.store + "/syncd.sock"
      for number in 0..<40 {
        let file = try connect(path)
        Wire.send(file, Array((#"{"command":"sync","waitSeconds":3600}"# + "\n").utf8))
        close(file)
        let isHeard = Moment.wait(seconds: 4) { (try? daemon.addresses())?.isEmpty == false }
        #expect(isHeard, "nobody is heard after \(number) that hung up")
        if !isHeard { break }
      }
      let waiting = try lab.start(
        Programs.clientctl, ["sync", "--wait", "--timeout", "3600"],
        environment: desk.environment, output: "/dev/null", error: "/dev/null")
      usleep(200_000)
      waiting.end()
      #expect(try daemon.addresses().isEmpty == false)
      let trouble = try desk.ok("status")["peers"][0]["error"].text
      #expect(!trouble.contains("Cancel") && !trouble.contains("given up"), "\(trouble)")
      #expect(try desk.stopDaemon() == 0)
    }
  }

  @Test("who ends its own side of the connection is answered all the same")
  func halfClosed() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      _ = try desk.add(text: "Nobody takes this.", title: "Silence")
      try desk.startDaemon()
      // A peer that can't be called, so that the sync waits.
      _ = try HandPeer(with: desk)
      for line in [#"{"command":"addresses"}"#, #"{"command":"sync","waitSeconds":1}"#] {
        let file = try connect(desk.store + "/syncd.sock")
        defer { close(file) }
        Wire.send(file, Array((line + "\n").utf8))
        shutdown(file, Int32(SHUT_WR))
        let (bytes, isClosed) = Wire.readAll(file, until: Moment.now + 15)
        #expect(isClosed && !bytes.isEmpty, "\(line)")
        #expect(!String(decoding: bytes, as: UTF8.self).contains("exitCode\":2"), "\(line)")
      }
    }
  }

  @Test("a sync waits for a time that there is, or is refused, and the daemon serves on")
  func badWaits() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      _ = try desk.add(text: "Nobody takes this.", title: "Silence")
      let daemon = try desk.startDaemon()
      _ = try HandPeer(with: desk)
      for seconds in ["1e300", "-1", "86401", "9223372036854775807"] {
        let answer = try Wire.ask(
          unix: desk.store + "/syncd.sock",
          line: #"{"command":"sync","waitSeconds":\#(seconds)}"#)
        #expect(try JSON(reading: answer)["error"]["exitCode"].int == 2, "\(seconds)")
      }
      #expect(try daemon.addresses().isEmpty == false)
      for seconds in ["nan", "inf", "-inf", "1e300", "-1"] {
        let once = try lab.run(
          Programs.syncd, ["once", "--wait=\(seconds)"], environment: desk.environment,
          seconds: 20)
        #expect(once.code == 2, "\(seconds): \(once)")
      }
    }
  }

  @Test("a process of another user is refused, and the refusal is logged")
  func otherUser() throws {
    guard geteuid() == 0, access("/usr/bin/setpriv", X_OK) == 0 else {
      print("skipped: another user's process needs root and setpriv")
      return
    }
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      chmod(lab.directory, 0o755)
      chown(desk.home, 65534, 65534)
      let log = desk.home + "/log"
      let child = try lab.start(
        "/usr/bin/setpriv",
        [
          "--reuid=65534", "--regid=65534", "--clear-groups", Programs.syncd, "--listen",
          "127.0.0.1:0",
        ],
        environment: desk.environment, output: log, error: log)
      let path = desk.store + "/syncd.sock"
      let isThere = Moment.wait(seconds: 15) {
        !child.isRunning || Lab.text(log).contains("serving")
      }
      #expect(isThere)
      guard child.isRunning else {
        // The programs may lie where another user can't read them.
        print("skipped: another user can't run the programs: \(Lab.text(log))")
        return
      }
      // The tests run as root, whom no mode keeps out, and who isn't the store's owner.
      #expect(try Wire.ask(unix: path, line: #"{"command":"addresses"}"#).isEmpty)
      #expect(Lab.text(log).contains("another user"))
    }
  }
}
