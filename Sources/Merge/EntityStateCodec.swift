// SPDX-License-Identifier: MIT

/// The packed row of one entity in the database. Never sent: writers stand as the store's own
/// ordinals, and the log can always make it anew.
public enum EntityStateCodec {
  private static let format: UInt8 = 1

  /// The row of `state`; writers that the table does not have yet get the next ordinals.
  public static func encode(_ state: EntityState, writers: inout WriterTable) -> [UInt8] {
    var tables = ReferenceTables(writers: writers, entities: nil)
    var out = ByteWriter()
    out.bytes.reserveCapacity(64 + (state.text?.utf8.count ?? 0))
    out.bytes.append(format)
    out.signed(state.modified)
    out.count(state.entries.count)
    var time: Int64 = state.modified
    for entry in state.entries {
      out.number(entry.field.code << 1 | (entry.value == nil ? 0 : 1))
      out.dot(entry.dot, &tables)
      out.signed(entry.time &- time)
      time = entry.time
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
    guard format == Self.format else { throw .newerFormat(format) }
    var state = EntityState()
    state.modified = try reader.signed()
    let count = try reader.count(of: "values", bytesEach: 5)
    state.entries.reserveCapacity(count)
    var time = state.modified
    for _ in 0..<count {
      let head = try reader.number()
      let dot = try reader.dot(tables)
      time = time &+ (try reader.signed())
      let value = head & 1 == 0 ? nil : try reader.value(tables)
      state.entries.append(
        EntityState.Entry(field: Field(code: head >> 1), dot: dot, time: time, value: value))
    }
    if !reader.isAtEnd { state.text = try reader.text() }
    try reader.finish()
    return state
  }
}
