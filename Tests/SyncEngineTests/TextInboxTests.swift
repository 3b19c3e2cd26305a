// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine
import Testing

@Suite("Texts that peers push")
struct TextInboxTests {
  private func hash(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

  private func part(_ number: UInt8, of total: Int, at offset: Int, _ count: Int) -> TextPart {
    TextPart(
      hash: hash(number), total: total, offset: offset,
      bytes: [UInt8](repeating: number, count: count))
  }

  private func wanted(_ numbers: ClosedRange<UInt8>, _ length: Int) -> [TextName] {
    numbers.map { TextName(hash: hash($0), byteCount: length) }
  }

  private func peer(_ number: UInt8) -> Bytes16 {
    Bytes16(high: UInt64(number), low: 0)
  }

  @Test("a wanted text comes in parts, and is handed out once it is whole")
  func whole() {
    let inbox = TextInbox()
    let a = peer(1)
    let names = wanted(1...1, 10)
    #expect(inbox.take([part(1, of: 10, at: 0, 4)], names, from: a).isEmpty)
    #expect(inbox.byteCount == 4)
    // Another peer's parts don't mix with these.
    #expect(inbox.take([part(1, of: 10, at: 4, 6)], names, from: peer(2)).isEmpty)
    let done = inbox.take([part(1, of: 10, at: 4, 6)], names, from: a)
    #expect(done.map(\.content) == [[UInt8](repeating: 1, count: 10)])
    #expect(inbox.byteCount == 0)
  }

  @Test("what nobody wants leaves nothing")
  func unwanted() {
    let inbox = TextInbox()
    let a = peer(1)
    #expect(inbox.take([part(9, of: 10, at: 0, 4)], wanted(1...3, 10), from: a).isEmpty)
    #expect(inbox.take([part(9, of: 10, at: 0, 10)], [], from: a).isEmpty)
    #expect(inbox.byteCount == 0)
  }

  @Test("a text of another length than the log says is taken: its hash tells what it is")
  func otherLength() {
    let inbox = TextInbox()
    #expect(inbox.take([part(1, of: 11, at: 0, 4)], wanted(1...3, 10), from: peer(1)).isEmpty)
    let done = inbox.take([part(1, of: 11, at: 4, 7)], wanted(1...3, 10), from: peer(1))
    #expect(done.map(\.content.count) == [11])
  }

  @Test("a peer that begins more than it may keeps only the last")
  func perPeer() {
    let inbox = TextInbox(peerBytesMax: 100, bytesMax: 1_000)
    let a = peer(1)
    for number in UInt8(1)...50 {
      #expect(
        inbox.take([part(number, of: 90, at: 0, 60)], wanted(1...50, 90), from: a).isEmpty)
      #expect(inbox.byteCount == 60)
    }
    #expect(inbox.take([part(50, of: 90, at: 60, 30)], wanted(1...50, 90), from: a).count == 1)
  }

  @Test("many peers together stay below the bound, and those that came first can finish")
  func inAll() {
    let inbox = TextInbox(peerBytesMax: 100, bytesMax: 400)
    for number in UInt8(1)...20 {
      _ = inbox.take([part(number, of: 90, at: 0, 60)], wanted(1...20, 90), from: peer(number))
      #expect(inbox.byteCount <= 400)
    }
    #expect(inbox.byteCount == 360)
    let done = inbox.take([part(1, of: 90, at: 60, 30)], wanted(1...20, 90), from: peer(1))
    #expect(done.count == 1)
  }

  @Test("what a removed peer began makes room for others")
  func removed() {
    let inbox = TextInbox(peerBytesMax: 100, bytesMax: 150)
    for number in UInt8(1)...2 {
      _ = inbox.take([part(number, of: 90, at: 0, 60)], wanted(1...3, 90), from: peer(number))
    }
    #expect(inbox.byteCount == 120)
    #expect(inbox.take([part(3, of: 90, at: 0, 60)], wanted(1...3, 90), from: peer(3)).isEmpty)
    #expect(inbox.byteCount == 120)
    inbox.keepOnly([peer(2), peer(3)])
    #expect(inbox.byteCount == 60)
    _ = inbox.take([part(3, of: 90, at: 0, 60)], wanted(1...3, 90), from: peer(3))
    #expect(inbox.byteCount == 120)
    #expect(inbox.take([part(2, of: 90, at: 60, 30)], wanted(1...3, 90), from: peer(2)).count == 1)
  }
}
