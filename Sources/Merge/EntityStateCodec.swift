// SPDX-License-Identifier: MIT

/// The packed row of one entity in the database. Never sent: writers stand as the store's own
/// ordinals, and the log can always make it anew.
public enum EntityStateCodec {
  /// The format that is written. 1, which earlier versions wrote, has a dot and a time in full with
  /// every value.
  private static let format: UInt8 = 2

  /// Bits of the number that a value begins with; the field's number stands above them.
  private enum Bits {
    static let value: UInt64 = 1
    /// Of the same change as the value before: of its dot only the index follows, as a difference.
    static let sameChange: UInt64 = 2
    static let fieldShift: UInt64 = 2
  }

  /// The row of `state`; writers that the table does not have yet get the next ordinals.
  public static func encode(_ state: EntityState, writers: inout WriterTable) -> [UInt8] {
    var tables = ReferenceTables(writers: writers, entities: nil)
    var out = ByteWriter()
    out.bytes.reserveCapacity(64 + (state.text?.utf8.count ?? 0))
    out.bytes.append(format)
    out.signed(state.modified)
    out.count(state.entries.count)
    var last: (dot: Dot, time: Int64)?
    for entry in state.entries {
      let dot = entry.dot
      var head = entry.field.code << Bits.fieldShift | (entry.value == nil ? 0 : Bits.value)
      if let last, last.time == entry.time, last.dot.sequence == dot.sequence,
        last.dot.writer == dot.writer
      {
        head |= Bits.sameChange
        out.number(head)
        out.signed(Int64(dot.index) - Int64(last.dot.index))
      } else {
        out.number(head)
        out.dot(dot, &tables)
        out.signed(entry.time &- (last?.time ?? state.modified))
      }
      last = (dot, entry.time)
      if let value = entry.value { out.value(value, &tables) }
    }
    if let text = state.text { out.text(text) }
    writers = tables.writers
    return out.bytes
  }

  /// The state in a row.
  public static func decode(
    _ bytes: [UInt8], writers: WriterTable
  ) throws(MergeError) -> EntityState {
    let tables = ReferenceTables(writers: writers, entities: nil)
    var reader = ByteReader(bytes)
    let format = try reader.byte()
    guard format == Self.format || format == 1 else { throw .newerFormat(format) }
    var state = EntityState()
    state.modified = try reader.signed()
    let count = try reader.count(of: "values", bytesEach: format == 1 ? 5 : 2)
    state.entries.reserveCapacity(count)
    var last: (dot: Dot, time: Int64)?
    for _ in 0..<count {
      let start = reader.offset
      var head = try reader.number()
      // Format 1 knows one bit only.
      if format == 1 { head = (head >> 1) << Bits.fieldShift | head & Bits.value }
      var dot: Dot
      var time: Int64
      if head & Bits.sameChange != 0 {
        guard let last else { throw .malformed(what: "a first value without dot", offset: start) }
        (dot, time) = last
        let (index, overflow) = Int64(dot.index).addingReportingOverflow(try reader.signed())
        guard !overflow, let index = UInt32(exactly: index) else { throw .badNumber(offset: start) }
        dot.index = index
      } else {
        dot = try reader.dot(tables)
        time = (last?.time ?? state.modified) &+ (try reader.signed())
      }
      last = (dot, time)
      let value = head & Bits.value == 0 ? nil : try reader.value(tables)
      state.entries.append(
        EntityState.Entry(
          field: Field(code: head >> Bits.fieldShift), dot: dot, time: time, value: value))
    }
    if !reader.isAtEnd { state.text = try reader.text() }
    try reader.finish()
    return state
  }
}
