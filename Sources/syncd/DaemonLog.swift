// SPDX-License-Identifier: MIT

import Foundation
import Logging
import Terminal

/// The daemon's logger: to standard error, as text for people or one JSON object a line.
enum DaemonLog {
  static func make(_ configuration: DaemonConfiguration) -> Logger {
    var logger = Logger(label: "syncd") { label in
      switch configuration.logFormat {
      case .text: HarmlessLogHandler(StreamLogHandler.standardError(label: label))
      case .json: JSONLogHandler()
      }
    }
    logger.logLevel = configuration.logLevel
    return logger
  }
}

/// Text for people, in which nothing that came from elsewhere can end a line or command the
/// terminal.
struct HarmlessLogHandler: LogHandler {
  private var base: StreamLogHandler

  init(_ base: StreamLogHandler) { self.base = base }

  var metadata: Logger.Metadata {
    get { base.metadata }
    set { base.metadata = newValue.mapValues(Self.escaped) }
  }

  var logLevel: Logger.Level {
    get { base.logLevel }
    set { base.logLevel = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { base[metadataKey: key] }
    set { base[metadataKey: key] = newValue.map(Self.escaped) }
  }

  func log(event: LogEvent) {
    var event = event
    event.message = "\(DisplayText.escaped(event.message.description))"
    event.metadata = event.metadata?.mapValues(Self.escaped)
    base.log(event: event)
  }

  private static func escaped(_ value: Logger.Metadata.Value) -> Logger.Metadata.Value {
    .string(DisplayText.escaped("\(value)"))
  }
}

/// One JSON object a line: `time`, `level`, `message`, and the metadata under their own names.
struct JSONLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields: [String: String] = [:]
    for (key, value) in metadata { fields[key] = "\(value)" }
    for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
    fields["time"] = Date.now.formatted(.iso8601)
    fields["level"] = event.level.rawValue
    fields["message"] = "\(event.message)"
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var line = try? encoder.encode(fields) else { return }
    line.append(0x0A)
    // A line that nobody can take is lost; the daemon serves on.
    _ = OutputFile.standardError.write(Array(line))
  }
}
