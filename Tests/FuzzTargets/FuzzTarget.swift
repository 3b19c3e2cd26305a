// SPDX-License-Identifier: MIT

/// Something that reads bytes from elsewhere, and what must hold whatever the bytes are.
///
/// libFuzzer looks for bytes that break it (`scripts/fuzz`); the ordinary tests run the bytes that
/// were found before.
public struct FuzzTarget: Sendable {
  /// What `scripts/fuzz` and the folders of `Fuzzing/` call it.
  public let name: String
  /// Bytes of an input, at most.
  public let bytesMax: Int
  /// Inputs to begin with that are made here rather than kept in files.
  public let seeds: [String: [UInt8]]
  /// Reads the bytes; returns what is wrong, if something is. A trap is the other way to fail.
  public let run: @Sendable ([UInt8]) -> String?

  init(
    _ name: String, bytesMax: Int = 4096, seeds: [String: [UInt8]] = [:],
    run: @escaping @Sendable ([UInt8]) -> String?
  ) {
    self.name = name
    self.bytesMax = bytesMax
    self.seeds = seeds
    self.run = run
  }

  /// Every target.
  public static let all: [FuzzTarget] =
    MergeTargets.all + WireTargets.all + TextTargets.all + StoreTargets.all
}

/// What a second reading must give.
func same<Value: Equatable>(_ what: String, _ first: Value, _ second: Value) -> String? {
  first == second ? nil : "\(what) is another after it was written and read again"
}
