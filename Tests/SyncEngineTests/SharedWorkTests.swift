// SPDX-License-Identifier: MIT

import Dispatch
import Merge
import Synchronization
import Testing

@testable import Store
@testable import SyncEngine

@Suite struct SharedWorkTests {
  private final class Counts: Sendable {
    let asked = Atomic(0)
    let runs = Atomic(0)
  }

  @Test("who asks while the store is busy shares one look, which begins after all asked")
  func shared() async throws {
    let scratch = try Scratch()
    let worker = StoreWorker(try scratch.store("a", seed: 1), label: "test")
    let counts = Counts()
    let work = SharedWork(worker) { _ in
      counts.runs.add(1, ordering: .relaxed)
      return counts.asked.load(ordering: .sequentiallyConsistent)
    }
    let gate = DispatchSemaphore(value: 0)
    async let busy: Void = worker.run { _ in gate.wait() }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 {
        group.addTask {
          let mine = counts.asked.add(1, ordering: .sequentiallyConsistent).newValue
          return try await work.value() >= mine
        }
      }
      while counts.asked.load(ordering: .sequentiallyConsistent) < 50 { await Task.yield() }
      gate.signal()
      for try await isLater in group { #expect(isLater) }
    }
    try await busy
    #expect(counts.runs.load(ordering: .relaxed) < 50)
    // Asked later, it is done again.
    let runs = counts.runs.load(ordering: .relaxed)
    _ = try await work.value()
    #expect(counts.runs.load(ordering: .relaxed) == runs + 1)
  }

  @Test("what is noted of many peers at once is all there when each is told so")
  func notes() async throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", seed: 1)
    let worker = StoreWorker(store, label: "test")
    let notes = ExchangeNotes(worker)
    for number in 1...30 as ClosedRange<UInt64> { try store.addPeer(peer(number)) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...30 as ClosedRange<UInt64> {
        group.addTask {
          let id = Bytes16(high: 1, low: number)
          let version = VersionVector([.init(writer: WriterID(id), count: number)])
          try await notes.note(id, holds: version)
          let held = try await worker.run { try $0.peers().first { $0.id == id }?.version }
          #expect(held == version)
        }
      }
      try await group.waitForAll()
    }
  }

  private func peer(_ number: UInt64) -> Peer {
    Peer(
      id: Bytes16(high: 1, low: number), name: "peer \(number)", addresses: [], role: .write,
      ownRole: .write, key: [UInt8](repeating: UInt8(number), count: 32), token: [],
      tokenHash: [], code: "")
  }

  @Test("what could not be noted is told, and written with the next note")
  func failedNotes() async throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", seed: 1)
    let notes = ExchangeNotes(StoreWorker(store, label: "test"))
    for number in 1...2 as ClosedRange<UInt64> { try store.addPeer(peer(number)) }
    let version = VersionVector([.init(writer: WriterID(Bytes16(high: 1, low: 1)), count: 7)])
    try store.write {
      try $0.db.run(
        "CREATE TRIGGER no BEFORE UPDATE ON peer BEGIN SELECT RAISE(ABORT, 'no'); END")
    }
    await #expect(throws: StoreError.self) {
      try await notes.note(peer(1).id, holds: version)
    }
    try store.write { try $0.db.run("DROP TRIGGER no") }
    try await notes.note(peer(2).id, holds: version)
    #expect(try store.peers().map(\.version) == [version, version])
  }
}
