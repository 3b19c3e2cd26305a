// SPDX-License-Identifier: MIT

import Foundation
import Merge
import SyncEngine
import Testing

/// The bytes of every message, frozen: `Golden/NAME.hex` holds each.
///
/// To write the files anew: `POSTIL_GOLDEN=write swift test --filter SyncEngineTests.GoldenTests`.
@Suite struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")

  private static func messages() throws -> [String: [UInt8]] {
    var all: [String: [UInt8]] = [:]
    // Compressed bytes are libzstd's to choose: what they unpack to is frozen, not they.
    for (name, request) in Samples.requests where name != "request-compressed" {
      all[name] = request.encoded()
    }
    for (name, answer) in Samples.answers { all[name] = answer.encoded() }
    all["text-request"] = Samples.textRequest.encoded()
    all["text-parts"] = Samples.textParts.encoded()
    return all
  }

  @Test("every message has the bytes that it had when it was first released")
  func frozen() throws {
    for (name, bytes) in try Self.messages() {
      let file = Self.folder.appending(path: "\(name).hex")
      if ProcessInfo.processInfo.environment["POSTIL_GOLDEN"] == "write" {
        try Data(Self.hex(bytes).utf8).write(to: file)
      }
      let committed = try Self.read(file)
      #expect(committed == bytes, "\(name)")
    }
  }

  @Test("a compressed message of an earlier libzstd is read")
  func compressed() throws {
    let file = Self.folder.appending(path: "request-compressed.hex")
    if ProcessInfo.processInfo.environment["POSTIL_GOLDEN"] == "write" {
      try Data(Self.hex(Samples.requests[3].1.encoded()).utf8).write(to: file)
    }
    #expect(try ExchangeRequest(decoding: Self.read(file)) == Samples.requests[3].1)
  }

  private static func read(_ file: URL) throws -> [UInt8] {
    let digits = try String(contentsOf: file, encoding: .utf8).filter { !$0.isWhitespace }
    var bytes: [UInt8] = []
    var rest = digits[...]
    while !rest.isEmpty {
      bytes.append(try #require(UInt8(rest.prefix(2), radix: 16)))
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Hexadecimal digits, 32 bytes a line.
  private static func hex(_ bytes: [UInt8]) -> String {
    var out = ""
    for (place, byte) in bytes.enumerated() {
      out += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
      if place % 32 == 31 { out += "\n" }
    }
    return out + "\n"
  }
}
