// SPDX-License-Identifier: MIT

import Crypto
public import Merge

/// Hashes: each change is chained to its writer's previous one, so that a forked or altered
/// history is seen.
public enum Chain {
  /// The chain hash of a change: SHA-256 of the previous one's hash (32 bytes; zeros before the
  /// first), the writer (16), the sequence number (8, big-endian), and the body.
  public static func hash(
    after previous: [UInt8], writer: WriterID, sequence: UInt64, body: [UInt8]
  ) -> [UInt8] {
    var hasher = SHA256()
    var head = previous
    head.reserveCapacity(56)
    writer.raw.append(to: &head)
    for shift in stride(from: 56, through: 0, by: -8) {
      head.append(UInt8(truncatingIfNeeded: sequence >> UInt64(shift)))
    }
    head.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    body.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return Array(hasher.finalize())
  }

  /// The first eight bytes of a chain hash, by which a change says what it was written on.
  public static func prefix(_ hash: [UInt8]) -> UInt64 {
    hash.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// SHA-256 of `bytes`.
  public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var hasher = SHA256()
    bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return Array(hasher.finalize())
  }

  /// Whether two secrets, or hashes of such, are equal, in a time that tells nothing of where they
  /// differ.
  public static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for place in left.indices { difference |= left[place] ^ right[place] }
    return difference == 0
  }

  /// Sixteen bytes that `bytes`, in the domain `domain`, always give: ids derived from content.
  public static func derive16(_ domain: String, _ bytes: some Sequence<UInt8>) -> Bytes16 {
    let digest = sha256(Array(domain.utf8) + [0] + bytes)
    return Bytes16(digest) ?? Bytes16(high: 0, low: 0)
  }

  /// The fingerprint of everything merged: equal on two machines if and only if they hold the same.
  ///
  /// The state is a function of the changes held, and a chain hash stands for all of a writer's
  /// changes, so a hash over every writer's head stands for everything.
  public static func fingerprint(_ heads: [(writer: WriterID, head: WriterHead)]) -> Bytes16 {
    var bytes: [UInt8] = []
    for (writer, head) in heads.sorted(by: { $0.writer < $1.writer }) where head.sequence > 0 {
      writer.raw.append(to: &bytes)
      bytes.append(contentsOf: head.hash)
    }
    return derive16("postil fingerprint", bytes)
  }
}
