// SPDX-License-Identifier: MIT

import Terminal

/// The first line of `export json`, by which an import tells its own from everything else.
enum ExportHeaderLine {
  /// Bytes that the first line may have: anything longer is no header.
  static let bytesMax = 1 << 20

  /// Throws unless a file that begins with this line can be imported.
  static func check(_ line: LineReader.Line) throws(InterchangeError) {
    guard !line.isTooLong, line.bytes.count <= bytesMax else {
      throw notOurs("it does not begin with the header of one")
    }
    guard !line.bytes.contains(0) else {
      throw notOurs("line \(line.number) holds NUL bytes: this is no text")
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONReader.read(line.bytes, firstLine: line.number)
    } catch {
      throw notOurs("\(error)")
    }
    try check(value)
  }

  /// Throws unless this is the header of an export that this version can read.
  static func check(_ value: JSONValue) throws(InterchangeError) {
    guard let format = value["postil"]?.stringValue else {
      throw notOurs("it does not begin with the header of one")
    }
    if format == "canonical" {
      throw InterchangeError(
        .badInput,
        "this is an `export canonical`, which is for comparing; import takes an `export json`")
    }
    guard format == "export", let version = value["version"]?.integerValue, version >= 1 else {
      throw notOurs("its header is not that of one")
    }
    guard version <= Int64(JSONExport.version) else {
      throw InterchangeError(
        .newerFormat,
        "the export has version \(version), and this program reads version "
          + "\(JSONExport.version) at most; upgrade it")
    }
  }

  /// The file is something else.
  static func notOurs(_ reason: String) -> InterchangeError {
    InterchangeError(.badInput, "this is not an `export json` of postil: \(reason)")
  }
}
