// SPDX-License-Identifier: MIT

import Control
import Host
import Store
import Terminal

/// Has the store's daemon do something, or, when none runs, `syncd` run once for it.
struct DaemonLink {
  let store: StoreDirectory

  /// Tells the daemon that something was written; without daemon nothing happens.
  func notice() {
    var request = JSONObject()
    request.put("command", "notice")
    guard let socket = try? ControlSocket(connectingTo: store.socket) else { return }
    try? socket.send(request.value.serialized())
    socket.hangUp()
  }

  /// Sends `request`, or runs `syncd` with `arguments` and `input`; hands out each line of the
  /// answer. An `error` in it is thrown, and so is the exit code of a `syncd` that failed before it
  /// answered. A daemon that hangs up without an answer is for the caller to notice.
  func ask(
    _ request: JSONObject, orRun arguments: [String], input: String = "",
    _ body: (JSONValue) throws -> Void
  ) throws {
    var isAnswered = false
    func take(_ line: [UInt8]) throws {
      let value = try JSONReader.read(line)
      if value["progress"] == nil { isAnswered = true }
      if let error = value["error"], let message = error["message"]?.stringValue {
        let code = error["exitCode"]?.integerValue.map(Int32.init(clamping:)) ?? 70
        throw Failure(Failure.Code(rawValue: code) ?? .internal, message)
      }
      try body(value)
    }
    do {
      let socket = try ControlSocket(connectingTo: store.socket)
      defer { socket.hangUp() }
      try socket.send(request.value.serialized())
      try socket.eachLine(take)
    } catch ControlError.noDaemon {
      guard
        let program = OneShot.find(ownPath: Process.path, environment: Process.environment)
      else { throw ControlError.programMissing("syncd") }
      let code = try OneShot.run(
        program, arguments + ["--store", store.path], input: Array((input + "\n").utf8), take)
      // What it has to say about a failure stands in its answer, or on standard error already.
      let isTold = isAnswered && ![Failure.Code.usage, .internal].map(\.rawValue).contains(code)
      if code != 0 && !isTold {
        throw Failure(Failure.Code(rawValue: code) ?? .internal, "")
      }
    }
  }
}
