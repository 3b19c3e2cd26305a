// SPDX-License-Identifier: MIT

import Foundation

/// A library that takes a while to send: more texts than one message takes, and many annotations.
enum Larger {
  static let articles = 80
  static let annotations = Programs.isSlow ? 5_000 : 800
  /// Bytes of each article.
  private static let textBytes = 6_000

  /// Puts it into a machine's store through `import json`.
  static func fill(_ machine: Machine) throws {
    let path = try machine.lab.file(export(), name: "larger.jsonl")
    _ = try machine.run(["import", "json", path], seconds: 120).succeeded()
    unlink(path)
  }

  private static func export() -> [UInt8] {
    var lines = [
      #"{"postil":"export","version":1,"library":"\#(id(9, 0))","fingerprint":"\#(id(9, 1))"}"#
    ]
    for article in 0..<articles {
      var text = "Article \(article) is long.\\n\\n"
      var number = 0
      while text.utf8.count < textBytes {
        number += 1
        text += "Paragraph \(number) of article \(article) says nothing that others say.\\n\\n"
      }
      lines.append(
        #"{"type":"article","id":"\#(id(1, article))","title":"Long \#(article)","#
          + #""created":"2026-11-01T00:00:00Z","revisions":[{"text":"\#(text)"}]}"#)
    }
    for annotation in 0..<annotations {
      lines.append(
        #"{"type":"annotation","id":"\#(id(2, annotation))","#
          + #""article":"\#(id(1, annotation % articles))","quote":"Paragraph \#(annotation)","#
          + #""note":"Note \#(annotation), which says why.","tags":["bulk","n/\#(annotation % 50)"],"#
          + #""color":"green","created":"2026-11-02T00:00:00Z"}"#)
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private static func id(_ kind: Int, _ number: Int) -> String {
    let digits = String(number, radix: 16)
    let padded = String(repeating: "0", count: 12 - digits.count) + digits
    return "0000000\(kind)-0000-8000-8000-\(padded)"
  }
}
