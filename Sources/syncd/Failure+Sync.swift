// SPDX-License-Identifier: MIT

import DeviceKeys
import Host
import Store
import SyncEngine

extension Failure {
  /// What any error means for who started the program.
  init(any error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as StoreError: self.init(error)
    case let error as DeviceKeyError: self.init(.notAllowed, error.message)
    case let error as SyncError: self.init(Self.code(of: error.code), error.message)
    default: self.init(.internal, "\(error)")
    }
  }

  private static func code(of code: SyncError.Code) -> Code {
    switch code {
    case .unreachable, .garbage, .version, .otherLibrary: .network
    case .notAllowed: .notAllowed
    case .badInput: .usage
    case .failed: .needsDecision
    }
  }
}
