// SPDX-License-Identifier: MIT

import Host
import NIOCore
import NIOPosix

/// Says which address could not be listened on, and what to do about it.
enum ListenFailure {
  static func named(_ error: any Error, _ configuration: DaemonConfiguration) -> Failure? {
    let listen = configuration.listen
    let addresses = [("--listen", listen)] + (configuration.http.map { [("--http", $0)] } ?? [])
    let tried = addresses.map { "\($0.1.host):\($0.1.port)" }.joined(separator: " or ")
    switch error {
    case let error as IOError where error.errnoCode == EADDRINUSE:
      return Failure(
        .network,
        "can't listen on \(tried): the port is in use; stop the program that has it, or choose "
          + "another with --listen")
    case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
      return Failure(
        .network, "can't listen on \(tried): that is no address of this machine")
    case let error as IOError where error.errnoCode == EACCES:
      return Failure(.notAllowed, "can't listen on \(tried): ports below 1024 are root's")
    case SocketAddressError.unknown(let host, let port):
      return Failure(.network, "can't listen on \(host):\(port): there is no such host")
    case let error as SocketAddressError.UnknownHost:
      return Failure(
        .network, "can't listen on \(error.host):\(error.port): there is no such host")
    default: return nil
    }
  }
}
