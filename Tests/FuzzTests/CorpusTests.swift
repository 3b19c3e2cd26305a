// SPDX-License-Identifier: MIT

import Foundation
import FuzzTargets
import Testing

/// Runs what fuzzing began with, and what it found, through the targets without libFuzzer.
@Suite("Inputs of the fuzzers")
struct CorpusTests {
  private static let root: String = {
    if let named = ProcessInfo.processInfo.environment["POSTIL_ROOT"], !named.isEmpty {
      return named
    }
    var place = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { place.deleteLastPathComponent() }
    return place.path
  }()

  private static func files(_ folder: String) -> [(name: String, bytes: [UInt8])] {
    let path = "\(root)/Fuzzing/\(folder)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().compactMap { name in
      (try? Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))).map { (name, [UInt8]($0)) }
    }
  }

  @Test("every target has a corpus, and nothing in it breaks the target")
  func corpora() {
    for target in FuzzTarget.all {
      let inputs = Self.files("Corpus/\(target.name)")
      #expect(!inputs.isEmpty, "\(target.name) has no corpus")
      for input in inputs + target.seeds.map({ ($0.key, $0.value) }) {
        let problem = target.run(input.bytes)
        #expect(problem == nil, "\(target.name), \(input.name)")
        // Cut off anywhere, and with each byte changed in turn.
        for place in input.bytes.indices.prefix(300) {
          #expect(target.run(Array(input.bytes[..<place])) == nil, "\(input.name) cut at \(place)")
          var changed = input.bytes
          changed[place] ^= UInt8(truncatingIfNeeded: place &* 31 | 1)
          #expect(target.run(changed) == nil, "\(input.name) changed at \(place)")
        }
      }
    }
  }

  @Test("what broke a target once doesn't break it any more")
  func crashes() {
    for target in FuzzTarget.all {
      for input in Self.files("Crashes/\(target.name)") {
        let problem = target.run(input.bytes)
        #expect(problem == nil, "\(target.name), \(input.name)")
      }
    }
  }

  @Test("inputs in files belong to a target")
  func named() throws {
    let names = Set(FuzzTarget.all.map(\.name))
    for folder in ["Corpus", "Crashes"] {
      let found = try FileManager.default.contentsOfDirectory(
        atPath: "\(Self.root)/Fuzzing/\(folder)")
      #expect(Set(found.filter { !$0.hasPrefix(".") }).isSubset(of: names), "\(found)")
    }
  }

  @Test("an empty input, zeros, and all ones break nothing")
  func plain() {
    for target in FuzzTarget.all {
      for input in [[], [0], [0xFF], [UInt8](repeating: 0, count: 999)]
        + (1...12).map({ [UInt8](repeating: 0xFF, count: $0) })
      {
        #expect(target.run(input) == nil, "\(target.name) with \(input.prefix(12))")
      }
    }
  }
}
