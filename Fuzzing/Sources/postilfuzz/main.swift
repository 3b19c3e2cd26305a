// SPDX-License-Identifier: MIT

import CLibFuzzer
import Foundation
import FuzzTargets

// postilfuzz --list                     names and longest inputs
// postilfuzz --seeds DIRECTORY          writes the inputs that targets make themselves
// POSTIL_FUZZ_TARGET=NAME postilfuzz …  libFuzzer's own arguments

/// The target of this run; nil for the other two uses.
let target = FuzzTarget.all.first {
  $0.name == ProcessInfo.processInfo.environment["POSTIL_FUZZ_TARGET"]
}

switch CommandLine.arguments.dropFirst().first {
case "--list":
  for target in FuzzTarget.all { print(target.name, target.bytesMax) }
case "--seeds":
  guard let folder = CommandLine.arguments.dropFirst(2).first else { exit(2) }
  for target in FuzzTarget.all {
    let path = "\(folder)/\(target.name)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (name, bytes) in target.seeds {
      try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }
  }
default:
  guard target != nil else {
    print("POSTIL_FUZZ_TARGET must name one of: \(FuzzTarget.all.map(\.name))")
    exit(2)
  }
  var count = CommandLine.argc
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
  exit(
    LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
      if let problem = target?.run(Array(UnsafeBufferPointer(start: bytes, count: count))) {
        fatalError(problem)
      }
      return 0
    })
}
