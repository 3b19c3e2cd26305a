// SPDX-License-Identifier: MIT

import HTTPTypes
import SyncEngine

/// Who may ask for a route. Every route declares one: there is no route without.
enum RoutePolicy: String, Sendable {
  /// A paired device: by its key over TLS, by its token behind a web server.
  case peer
  /// Anybody who can connect; what it needs is in the request, and tries are counted.
  case invited
  /// Anybody who can connect: nothing private is answered.
  case open
}

/// Every route there is. What isn't here has no handler, and what is can't be without a policy:
/// the compiler sees to both.
enum RouteName: String, CaseIterable, Sendable {
  case exchange
  case getTexts
  case putTexts
  case events
  case pair
  case health
  case metrics

  /// Who may ask for it.
  var policy: RoutePolicy {
    switch self {
    case .exchange, .getTexts, .putTexts, .events: .peer
    case .pair: .invited
    case .health, .metrics: .open
    }
  }

  var method: HTTPRequest.Method {
    switch self {
    case .exchange, .getTexts, .putTexts, .pair: .post
    case .events, .health, .metrics: .get
    }
  }

  /// The path, which a request must name byte for byte.
  var path: String {
    switch self {
    case .exchange: SyncRoute.exchange.rawValue
    case .getTexts: SyncRoute.getTexts.rawValue
    case .putTexts: SyncRoute.putTexts.rawValue
    case .events: "/v1/events"
    case .pair: "/v1/pair"
    case .health: "/healthz"
    case .metrics: "/metrics"
    }
  }

  /// Bytes of the body, at most.
  var bodyBytesMax: Int {
    switch self {
    case .exchange, .putTexts: SyncLimits.messageBytesMax
    case .getTexts: 64 << 10
    case .pair: 16 << 10
    case .events, .health, .metrics: 0
    }
  }

  /// The route, with what serves it.
  func route(_ sync: SyncRoutes, _ health: HealthRoutes) -> Route {
    switch self {
    case .exchange: Route(name: self, handle: sync.exchange)
    case .getTexts: Route(name: self, handle: sync.getTexts)
    case .putTexts: Route(name: self, handle: sync.putTexts)
    case .events: Route(name: self, handle: sync.events)
    case .pair: Route(name: self, handle: sync.pair)
    case .health: Route(name: self, handle: health.health)
    case .metrics: Route(name: self, handle: health.metrics)
    }
  }
}
