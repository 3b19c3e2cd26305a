// SPDX-License-Identifier: MIT

/// Bounds on one request: how much may come back, and how long it may take.
///
/// A request that passes one of them is cut at once, not when the answer is whole.
public struct HTTPLimits: Sendable, Hashable {
  /// A rate below which a peer counts as stalled.
  public struct LowSpeed: Sendable, Hashable {
    /// The least bytes a second, averaged over about five seconds.
    public var bytesPerSecond: Int
    /// How long the rate may stay below that.
    public var seconds: Int

    /// The peer is stalled after `seconds` below `bytesPerSecond`.
    public init(bytesPerSecond: Int, seconds: Int) {
      self.bytesPerSecond = bytesPerSecond
      self.seconds = seconds
    }
  }

  /// The largest body taken, in bytes as they come (nothing is inflated); a stream's, in all.
  public var responseBytesMax: Int
  /// The most bytes of status lines, headers and trailers.
  public var headerBytesMax: Int
  /// The longest wait for name resolution, TCP and TLS together.
  public var connectTimeout: Duration
  /// The longest whole request; `nil` for streams that last for days.
  public var totalTimeout: Duration?
  /// Cuts answers that trickle; not for event streams, whose silences are long.
  public var lowSpeed: LowSpeed?
  /// The longest time without one byte either way, to a quarter of a second or so. Time in which
  /// we ourselves hold the peer back doesn't count. For event streams: some heartbeats long.
  public var idleTimeout: Duration?
  /// How many bytes of a stream may wait for their reader before the peer is held back (rounded
  /// up to one read, 16 KiB).
  public var streamBufferBytesMax: Int

  /// Limits fit for an ordinary exchange: 16 MiB in five minutes, at 100 bytes a second or more.
  public init(
    responseBytesMax: Int = 16 << 20,
    headerBytesMax: Int = 32 << 10,
    connectTimeout: Duration = .seconds(10),
    totalTimeout: Duration? = .seconds(300),
    lowSpeed: LowSpeed? = LowSpeed(bytesPerSecond: 100, seconds: 30),
    idleTimeout: Duration? = nil,
    streamBufferBytesMax: Int = 256 << 10
  ) {
    self.responseBytesMax = responseBytesMax
    self.headerBytesMax = headerBytesMax
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.lowSpeed = lowSpeed
    self.idleTimeout = idleTimeout
    self.streamBufferBytesMax = streamBufferBytesMax
  }

  /// Limits fit for server-sent events: no end in time or size, but a peer that is silent for a
  /// minute is gone.
  public static var eventStream: HTTPLimits {
    HTTPLimits(
      responseBytesMax: .max, totalTimeout: nil, lowSpeed: nil, idleTimeout: .seconds(60))
  }
}
