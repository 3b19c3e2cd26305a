// SPDX-License-Identifier: MIT

import Synchronization

/// What the daemon counts, in the text format that Prometheus reads.
final class Counters: Sendable {
  /// What is counted.
  enum Counter: String, CaseIterable, Sendable {
    case exchangesServed = "postil_exchanges_served_total"
    case exchangesCalled = "postil_exchanges_called_total"
    case exchangesFailed = "postil_exchanges_failed_total"
    case changesReceived = "postil_changes_received_total"
    case changesSent = "postil_changes_sent_total"
    case changesRefused = "postil_changes_refused_total"
    case requestsRefused = "postil_requests_refused_total"

    var help: String {
      switch self {
      case .exchangesServed: "Exchanges answered."
      case .exchangesCalled: "Exchanges that this daemon began and ended."
      case .exchangesFailed: "Exchanges that this daemon began and that failed."
      case .changesReceived: "Changes that came and were merged."
      case .changesSent: "Changes that were sent."
      case .changesRefused: "Changes that broke a rule of the log."
      case .requestsRefused: "Requests without a right to what they asked for."
      }
    }
  }

  private let values = Mutex<[Counter: Int]>([:])

  /// Counts.
  func add(_ counter: Counter, _ amount: Int = 1) {
    if amount != 0 { values.withLock { $0[counter, default: 0] += amount } }
  }

  /// Every counter and these gauges, as text.
  func text(gauges: [(name: String, help: String, value: Int)]) -> String {
    let values = values.withLock { $0 }
    var out = ""
    for counter in Counter.allCases {
      out += "# HELP \(counter.rawValue) \(counter.help)\n# TYPE \(counter.rawValue) counter\n"
      out += "\(counter.rawValue) \(values[counter] ?? 0)\n"
    }
    for gauge in gauges {
      out += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n"
      out += "\(gauge.name) \(gauge.value)\n"
    }
    return out
  }
}
