// SPDX-License-Identifier: MIT

import Anchoring
import Benchmark
import Merge
import Store

/// What a store of 2,000 annotations does, on the disk and durably.
func storeParts(_ library: Library) throws {
  let store = library.store
  let batch = Array(library.changes.prefix(1000))
  Benchmark("merge 1000 changes into an empty store", configuration: .init(maxIterations: 20)) {
    benchmark in
    do {
      let empty = try library.emptyStore()
      Counters.measure(benchmark) { try empty.merge(batch) }
    } catch {
      benchmark.error("\(error)")
    }
  }
  Benchmark("merge 1000 changes that are held") { benchmark in
    Counters.measure(benchmark) { try store.merge(batch) }
  }
  Benchmark("changes that an empty peer lacks, 1000") { benchmark in
    Counters.measure(benchmark) {
      try store.changes(missingFrom: VersionVector(), bytesMax: 400_000).changes.count
    }
  }
  Benchmark("fingerprint") { benchmark in
    Counters.measure(benchmark) { try store.holdings().fingerprint }
  }
  for (name, text) in [
    ("list", "limit:20"), ("tag and colour", "tag:theme/* color:yellow limit:20"),
  ] {
    let query = try Query.parse(text, now: 1_795_219_200_000, utcOffsetSeconds: 0)
    Benchmark("query, \(name)") { benchmark in
      Counters.measure(benchmark) { try store.annotations(matching: query).count }
    }
  }
  for (name, text) in [("one common word", "ri"), ("two words", "ri gra"), ("rare word", "zzz")] {
    let query = try Query.parse(text, now: 1_795_219_200_000, utcOffsetSeconds: 0)
    Benchmark("search, \(name)") { benchmark in
      Counters.measure(benchmark) { try store.search(matching: query, limit: 20).count }
    }
  }
  let writing = try library.emptyStore()
  _ = try writing.merge(library.changes)
  let notes = try writing.annotations(matching: Query()).prefix(100).map(\.id)
  let place = Place(count: notes.count)
  Benchmark("note, one word more, durable") { benchmark in
    let id = notes[place.next()]
    Counters.measure(benchmark) {
      try writing.setNote(of: id, to: try writing.draft(of: id).text + " more")
    }
  }
  Benchmark("tag, durable") { benchmark in
    let id = notes[place.next()]
    let name = "bench/\(place.next())-\(place.turn)"
    Counters.measure(benchmark) { try writing.tag(id, add: [try TagName(name)], remove: []) }
  }
}
