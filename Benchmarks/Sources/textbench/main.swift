// SPDX-License-Identifier: MIT
import Foundation

let usage = """
  usage: textbench text FILE… [--json] [--runs N]
         textbench text-conformance FILE…

  Replays editing histories (.json, .json.gz), checks the text they end in, and prints what replay,
  merge, encoding and loading cost: the median of N runs (7), least and most in brackets.
  """

func run(_ arguments: [String]) throws {
  guard let command = arguments.first else { throw BenchError(usage) }
  var files: [String] = []
  var json = false
  var runs = 7
  var rest = arguments.dropFirst()
  while let argument = rest.popFirst() {
    switch argument {
    case "--json": json = true
    case "--runs":
      guard let number = rest.popFirst().flatMap({ Int($0) }), (1...1000).contains(number) else {
        throw BenchError("--runs: a number from 1 to 1000, please")
      }
      runs = number
    case _ where argument.hasPrefix("--"): throw BenchError("unknown option \(argument)\n\(usage)")
    default: files.append(argument)
    }
  }
  guard !files.isEmpty else { throw BenchError(usage) }
  switch command {
  case "text": try runText(files, json: json, runs: runs)
  case "text-conformance": try runConformance(files)
  default: throw BenchError("unknown command \(command)\n\(usage)")
  }
}

func runText(_ files: [String], json: Bool, runs: Int) throws {
  var all: [[String: Any]] = []
  for file in files {
    let figures = try figures(readTrace(file), runs: runs)
    if json { all.append(figures.json) } else { print(figures.shown) }
  }
  if json {
    let data = try JSONSerialization.data(
      withJSONObject: all, options: [.prettyPrinted, .sortedKeys])
    print(String(decoding: data, as: UTF8.self))
  }
}

func runConformance(_ files: [String]) throws {
  for file in files {
    let cases = try readConformance(file)
    let failures = cases.compactMap { trace in conformance(trace).map { (trace.name, $0) } }
    for (name, failure) in failures { print("\(name): \(failure)") }
    print("\(file): \(cases.count - failures.count) of \(cases.count)")
    guard failures.isEmpty else { throw BenchError("\(failures.count) histories failed") }
  }
}

do {
  try run(Array(CommandLine.arguments.dropFirst()))
} catch {
  FileHandle.standardError.write(Data("textbench: \(error)\n".utf8))
  exit(1)
}
