// SPDX-License-Identifier: MIT

import Terminal

/// Writes JSON values, one a line, and hands them on in chunks: memory is bounded by the longest
/// line.
struct LineOutput {
  private var pending: [UInt8] = []
  private var writer = JSONWriter()
  private let output: ([UInt8]) throws -> Void

  /// Bytes that are gathered before they are handed on.
  private static let chunkBytes = 64 << 10

  init(_ output: @escaping ([UInt8]) throws -> Void) {
    self.output = output
  }

  /// Writes one line.
  mutating func write(_ object: JSONObject) throws {
    writer.write(object.value)
    pending.append(contentsOf: writer.take())
    pending.append(UInt8(ascii: "\n"))
    if pending.count >= Self.chunkBytes { try flush() }
  }

  /// Hands on what is left.
  mutating func flush() throws {
    if pending.isEmpty { return }
    try output(pending)
    pending.removeAll(keepingCapacity: pending.count <= 4 * Self.chunkBytes)
  }
}
