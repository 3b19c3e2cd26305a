// SPDX-License-Identifier: MIT

extension ByteWriter {
  /// Appends a version vector: the number of writers, then 16 bytes and a count each.
  public mutating func version(_ version: VersionVector) {
    count(version.entries.count)
    for entry in version.entries {
      raw(entry.writer.raw)
      number(entry.count)
    }
  }
}

extension ByteReader {
  /// Takes a version vector; writers must ascend and counts be at least 1.
  public mutating func version() throws(MergeError) -> VersionVector {
    let writers = try count(of: "writers", bytesEach: 17)
    var entries: [VersionVector.Entry] = []
    entries.reserveCapacity(writers)
    for _ in 0..<writers {
      let start = offset
      let writer = WriterID(try raw())
      let held = try number()
      if held == 0 || held >> 40 != 0 {
        throw .malformed(what: "a count of changes", offset: start)
      }
      if let last = entries.last, last.writer >= writer {
        throw .malformed(what: "writers out of order", offset: start)
      }
      entries.append(VersionVector.Entry(writer: writer, count: held))
    }
    return VersionVector(sorted: entries)
  }
}
