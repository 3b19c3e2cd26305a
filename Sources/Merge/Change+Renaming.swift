// SPDX-License-Identifier: MIT

extension Change {
  /// Gives every dot that the ops name another name.
  ///
  /// A body names ops as its writer knew them. Where some writer's history was forked, the same op
  /// may go by another name here: the change is then merged under the names that hold here, while
  /// its body stays as it is.
  public mutating func rename(_ name: (Dot) -> Dot) {
    for index in operations.indices {
      guard case .assign(let field, let removes, let value) = operations[index].action else {
        continue
      }
      operations[index].action = .assign(
        field: field, removes: removes.map(name), value: value.map { $0.renamed(name) })
    }
  }
}

extension Value {
  /// The value with every dot in it renamed.
  fileprivate func renamed(_ name: (Dot) -> Dot) -> Value {
    switch self {
    case .dots(let dots): .dots(dots.map(name))
    case .record(let members):
      .record(members.map { .init(key: $0.key, value: $0.value.renamed(name)) })
    case .text, .integer, .bytes, .entity, .edit, .opaque: self
    }
  }
}
