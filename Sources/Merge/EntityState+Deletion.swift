// SPDX-License-Identifier: MIT

extension EntityState {
  /// Whether anything is said of the entity besides that it is deleted.
  public var exists: Bool { entries.contains { $0.field != .deletion } }

  /// Whether deletions hide the entity: together they have seen every live dot. An edit that no
  /// deletion had seen brings the entity back whole.
  public var isDeleted: Bool {
    let deletions = entries(of: .deletion)
    guard !deletions.isEmpty else { return false }
    var seen: Set<Dot> = []
    for deletion in deletions {
      if case .dots(let dots)? = deletion.value { seen.formUnion(dots) }
    }
    return entries.allSatisfy { $0.field == .deletion || seen.contains($0.dot) }
  }

  /// The op's parts that delete the entity as it stands: earlier deletions are replaced.
  public func deletion(of entity: EntityID) -> Operation {
    let seen = entries.filter { $0.field != .deletion }.map(\.dot)
    return Operation(entity, .deletion, removes: dots(of: .deletion), value: .dots(seen))
  }

  /// The op that takes back every deletion seen here; nil when there is none.
  public func restoration(of entity: EntityID) -> Operation? {
    let dots = dots(of: .deletion)
    return dots.isEmpty ? nil : Operation(entity, .deletion, removes: dots, value: nil)
  }
}
