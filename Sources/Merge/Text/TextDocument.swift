// SPDX-License-Identifier: MIT

/// A text and its history while ops come in one after another.
///
/// Between two merges it keeps what the replay of a concurrent stretch worked out, so that the next
/// op of the same stretch needs no replay. Let go of the document when the batch is over: what is
/// kept goes with it.
public struct TextDocument: Sendable {
  /// Every op.
  public private(set) var history: TextHistory
  /// The text at the history's heads.
  public private(set) var text: TextBuffer
  private var kept: KeptWalker?

  /// An empty text.
  public init() {
    history = TextHistory()
    text = TextBuffer()
  }

  /// A text that stands at the heads of `history`.
  public init(history: TextHistory, text: TextBuffer) {
    self.history = history
    self.text = text
  }

  /// Merges one op; returns what that did to the text. When it throws, nothing has changed.
  @discardableResult
  public mutating func merge(_ op: TextOperation) throws(TextError) -> [TextPatch] {
    let parents = try history.resolve(op)
    if parents == history.graph.heads {
      return try history.follow(op, parents: parents, into: &text)
    }
    // A copy of the document replays for itself what the other one goes on with.
    let alone = isKnownUniquelyReferenced(&kept)
    let walker = alone ? kept ?? KeptWalker() : KeptWalker()
    kept = walker
    return try history.replay(op, parents: parents, into: &text, walker: &walker.walker)
  }

  /// Makes a local edit: an op named `dot` on the heads.
  public mutating func edit(_ dot: Dot, patches: [TextPatch]) throws(TextError) {
    try history.edit(dot, patches: patches, text: &text)
  }

  /// Frees what was kept between merges.
  public mutating func settle() { kept = nil }
}

/// Room for a walker, which can't be copied, in a document, which can.
///
/// Unchecked: it is read and written only by a document that alone refers to it, while that one is
/// being mutated.
private final class KeptWalker: @unchecked Sendable {
  var walker: TextWalker?
}
