// SPDX-License-Identifier: MIT
import Glibc
import Testing

@testable import Terminal

@Suite("Pager")
struct PagerTests {
  private let facts = TerminalFacts(isTerminal: true, width: 20, height: 5)

  @Test("the command comes from PAGER, or is less")
  func command() {
    func command(_ environment: [String: String], less: Bool = true) -> String? {
      Pager(environment: environment) { _ in less }?.command
    }
    #expect(command([:]) == "less -FRX")
    #expect(command([:], less: false) == nil)
    #expect(command(["PAGER": "most -w"]) == "most -w")
    #expect(command(["PAGER": "  "]) == nil)
    #expect(command(["PAGER": "cat"]) == nil)
    #expect(Pager(environment: ["PATH": "/nonexistent"]) == nil)
  }

  @Test("only output that is longer than a terminal's screen is paged")
  func wanted() {
    func isWanted(_ output: String, _ facts: TerminalFacts) -> Bool {
      Pager.isWanted(for: output, on: facts)
    }
    #expect(!isWanted("1\n2\n3\n4\n", facts))
    #expect(isWanted("1\n2\n3\n4\n5\n", facts))
    #expect(isWanted(String(repeating: "x", count: 81), facts))
    #expect(!isWanted(String(repeating: "x", count: 80), facts))
    let styled = (1...4).map { _ in "\u{1B}[48;5;228;38;5;16m123456789\u{1B}[0m\n" }.joined()
    #expect(!isWanted(styled, facts))
    #expect(!isWanted("1\n2\n3\n4\n5\n", .pipe))
    let dumb = TerminalFacts(isTerminal: true, width: 20, height: 5, canRedraw: false)
    #expect(!isWanted("1\n2\n3\n4\n5\n", dumb))
    #expect(!isWanted("", facts))
  }

  @Test("the pager gets all of it, and LESS")
  func runs() throws {
    let folder = try #require(
      mkdtemp(strdup("/tmp/postil-pager-XXXXXX")).map { String(cString: $0) })
    let file = "\(folder)/out"
    defer {
      unlink(file)
      rmdir(folder)
    }
    let pager = try #require(Pager(environment: ["PAGER": "{ echo $LESS; cat; } > '\(file)'"]))
    let output = String(repeating: "line\n", count: 50_000)
    #expect(pager.page(output) == .written)
    let handle = try #require(fopen(file, "r"))
    defer { fclose(handle) }
    var buffer = [UInt8](repeating: 0, count: 300_000)
    let count = fread(&buffer, 1, buffer.count, handle)
    #expect(String(decoding: buffer[..<count], as: UTF8.self) == "FRX\n" + output)
  }

  @Test("a pager that is left early is a broken pipe; one that can't start is none")
  func broken() throws {
    let output = String(repeating: "line\n", count: 200_000)
    let early = try #require(Pager(environment: ["PAGER": "head -n 1 > /dev/null"]))
    #expect(early.page(output) == .brokenPipe)
    let missing = try #require(Pager(environment: ["PAGER": "/nonexistent/pager 2> /dev/null"]))
    #expect(missing.page(output) == nil)
  }

  @Test("writing to a closed pipe is no crash, and other errors are told")
  func closedPipe() {
    OutputFile.ignoreBrokenPipeSignal()
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    close(ends[0])
    #expect(OutputFile(descriptor: ends[1]).write("x") == .brokenPipe)
    close(ends[1])
    #expect(OutputFile(descriptor: -1).write("x") == .failed(errno: EBADF))
    #expect(OutputFile(descriptor: -1).write("") == .written)
  }
}
