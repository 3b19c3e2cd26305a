// SPDX-License-Identifier: MIT
import Synchronization
import Testing

@testable import Terminal

@Suite("Progress")
struct ProgressLineTests {
  private func line(total: Int? = 1000, _ mode: ProgressLine.Mode = .redrawn(width: 60))
    -> ProgressLine
  {
    ProgressLine(label: "importing", total: total, mode: mode, start: 5000)
  }

  @Test("short work shows nothing")
  func short() {
    var line = line()
    #expect(line.update(done: 500, at: 5100) == nil)
    #expect(line.finish(at: 5200) == nil)
  }

  @Test("done, total, rate and time left")
  func text() {
    var line = line(total: 100_000)
    #expect(
      line.update(done: 12_345, at: 8000)
        == "\rimporting  12,345/100,000  12%  4,115/s  22 s left\u{1B}[K")
    #expect(line.finish(at: 8001) == "\r\u{1B}[K")
    #expect(line.finish(at: 8002) == nil)
    var unknown = self.line(total: nil)
    #expect(unknown.update(done: 2000, at: 6000) == "\rimporting  2,000  2,000/s\u{1B}[K")
  }

  @Test("the line fits the terminal, one column free")
  func narrow() {
    var line = line(.redrawn(width: 20))
    #expect(line.update(done: 10, at: 6000) == "\rimporting  10/1,00…\u{1B}[K")
  }

  @Test("it is drawn ten times a second at most, a log's line every five seconds")
  func pace() {
    for (mode, most) in [(ProgressLine.Mode.redrawn(width: 60), 100), (.lines, 2), (.silent, 0)] {
      var line = line(mode)
      let drawn = (0...10_000).filter {
        line.update(done: $0, total: 10_000, at: 5000 + Int64($0)) != nil
      }
      #expect(drawn.count <= most && drawn.count >= most * 9 / 10)
    }
    var log = line(.lines)
    #expect(log.update(done: 500, at: 10_000) == "importing  500/1,000  50%  100/s  5 s left\n")
    #expect(log.finish(at: 15_000) == "importing  500/1,000  done in 10 s\n")
  }

  @Test("the rate follows the work")
  func rate() {
    var line = line(total: nil)
    for second in 1...10 { _ = line.update(done: second * 100, at: 5000 + Int64(second) * 1000) }
    #expect(line.text == "importing  1,000  100/s")
    for second in 1...60 { _ = line.update(done: 1000, at: 15_000 + Int64(second) * 1000) }
    #expect(line.text == "importing  1,000  0/s")
  }

  @Test("strange figures do no harm")
  func strange() {
    for total in [0, 1, -5, Int.max] {
      for done in [0, -1, Int.min, Int.max] {
        var line = line(total: total)
        #expect(line.update(done: done, at: 9000) != nil)
        #expect(line.update(done: 0, at: 0) == nil)
      }
    }
  }

  @Test(
    "numbers and durations for people",
    arguments: [
      (0, "0", "0 s"), (59, "59", "59 s"), (60, "60", "1 min"), (1000, "1,000", "16 min"),
      (3600, "3,600", "1 h 00 min"), (100_000, "100,000", "27 h 46 min"),
    ])
  func figures(number: Int, grouped: String, duration: String) {
    #expect(ProgressLine.grouped(number) == grouped)
    #expect(ProgressLine.duration(seconds: Int64(number)) == duration)
    #expect(ProgressLine.grouped(-1234) == "-1,234")
    #expect(ProgressLine.grouped(.min) == "-9,223,372,036,854,775,808")
  }

  @Test("where it goes decides how it is shown")
  func modes() {
    #expect(ProgressLine.Mode(TerminalFacts(isTerminal: true, width: 70)) == .redrawn(width: 70))
    #expect(ProgressLine.Mode(.pipe) == .silent)
    #expect(ProgressLine.Mode(.pipe, isAskedFor: true) == .lines)
    #expect(ProgressLine.Mode(TerminalFacts(isTerminal: true, canRedraw: false)) == .lines)
  }

  @Test("a reporter that goes away clears its line")
  func reporter() {
    final class Log: Sendable {
      let text = Mutex("")
      let time = Mutex(Int64(0))
    }
    let log = Log()
    do {
      var reporter = ProgressReporter(
        label: "syncing", total: 10, mode: .redrawn(width: 40),
        clock: { log.time.withLock { $0 } }, output: { text in log.text.withLock { $0 += text } })
      log.time.withLock { $0 = 1000 }
      reporter.update(done: 5)
    }
    #expect(log.text.withLock { $0 } == "\rsyncing  5/10  50%  5/s  1 s left\u{1B}[K\r\u{1B}[K")
  }
}
