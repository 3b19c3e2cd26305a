// SPDX-License-Identifier: MIT

import Anchoring
import Control
import Host
import Interchange
import Store
import SyncEngine
import Terminal

extension Failure {
  /// What an error of one of our modules means for the person; nil for any other.
  init?(known error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as StoreError: self.init(error)
    case let error as QueryError: self.init(.usage, "\(error.description)\n\(error.rendered)")
    case let error as AnchoringError: self.init(.usage, "\(error)")
    case let error as JSONError: self.init(.usage, "\(error)")
    case let error as ControlError: self.init(error)
    case let error as InterchangeError: self.init(error)
    case let error as SyncError:
      self.init(error.code == .notAllowed ? .notAllowed : .usage, error.message)
    default: return nil
    }
  }

  private init(_ error: InterchangeError) {
    let code: Code =
      switch error.code {
      case .badInput: .usage
      case .newerFormat, .notAllowed: .notAllowed
      case .notFound: .notFound
      case .disk: .internal
      }
    self.init(code, error.message)
  }

  private init(_ error: ControlError) {
    switch error {
    case .noDaemon:
      self.init(.network, "no daemon serves this store; start it with: syncd")
    case .system(let doing, let reason):
      self.init(.network, "can't \(doing): \(reason)")
    case .programMissing(let path):
      self.init(
        .network, "can't find syncd (\(path)), which talks to peers; install it beside clientctl")
    }
  }
}
