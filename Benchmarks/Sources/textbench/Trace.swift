// SPDX-License-Identifier: MIT
import Foundation
import Merge

/// What is wrong with a file or with what it asks for; printed as one line.
struct BenchError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// An editing history from a file: ops with their parents, and the text they end in.
struct Trace {
  var name: String
  var start: String
  var end: String
  var concurrent: Bool
  /// In file order, which is a causal order.
  var operations: [TextOperation]
}

/// The bytes of a file, unpacked when its name ends in ".gz".
func readFile(_ path: String) throws -> Data {
  guard FileManager.default.isReadableFile(atPath: path) else {
    throw BenchError("\(path): can't be read")
  }
  guard path.hasSuffix(".gz") else { return try Data(contentsOf: URL(fileURLWithPath: path)) }
  let unpacker = Process()
  unpacker.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  unpacker.arguments = ["gzip", "-dc", "--", path]
  let output = Pipe()
  unpacker.standardOutput = output
  unpacker.standardError = FileHandle.nullDevice
  try unpacker.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  unpacker.waitUntilExit()
  guard unpacker.terminationStatus == 0 else { throw BenchError("\(path): not a gzip file") }
  return data
}

/// The writer of an agent: its name's or number's bytes, so that writers order as agents do.
func writer(_ agent: Agent) throws -> WriterID {
  switch agent {
  case .number(let number): return WriterID(Bytes16(high: UInt64(number), low: 0))
  case .name(let name):
    let bytes = Array(name.utf8)
    guard bytes.count <= 16, let raw = Bytes16(bytes + [UInt8](repeating: 0, count: 16)) else {
      throw BenchError("agent \(name): names of more than 16 bytes can't be told apart here")
    }
    return WriterID(raw)
  }
}

/// An agent is named by a string in conformance files, by a number in traces.
enum Agent: Decodable {
  case number(UInt32)
  case name(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(UInt32.self) {
      self = .number(number)
    } else {
      self = .name(try container.decode(String.self))
    }
  }
}

/// `[position, deleted, inserted]`.
struct FilePatch: Decodable {
  var position: Int
  var deleted: Int
  var inserted: String

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    position = try container.decode(Int.self)
    deleted = try container.decode(Int.self)
    inserted = try container.decode(String.self)
    guard container.isAtEnd else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a patch has three parts")
    }
  }

  var patch: TextPatch { TextPatch(position: position, deleted: deleted, inserted: inserted) }
}
