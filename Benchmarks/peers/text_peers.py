#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Text traces through Postil, Loro and Yrs, side by side in one run.

    python3 -m venv /tmp/peersvenv
    /tmp/peersvenv/bin/pip install loro pycrdt
    /tmp/peersvenv/bin/python text_peers.py PATH/TO/textbench FILE... [--runs N] [--json]

Files are those that `textbench text` takes. The libraries take turns, ROUNDS times, so that what
else the machine does meets all of them; a figure is the median of the rounds' medians of N runs
each. Replaying, which takes long, is measured in one round. What is measured:

  replay   the file's edits, made one by one. A sequential file goes through one document with one
           commit at the end (Loro), or a transaction every 100 edits (Yrs, which grows slow in
           longer ones, and in shorter ones too): the quickest that they offer. Postil adds an op to its history for each edit. A concurrent file goes through one
           document per agent, each learning of the others' edits when its own next one builds on
           them; Postil gets the edits of all, one at a time, in one document.
  merge    the whole history, encoded by the library itself without the text, into an empty
           document, until its text can be read.
  encode   the document to bytes, to be stored.
  load     those bytes, until the text can be read.

Loro and Yrs are called through their Python packages; a call costs them some tenths of a
microsecond, which only `replay` makes often. Every result is checked against the file's
endContent; where a library orders concurrent insertions otherwise, that is said.
"""

import gzip
import json
import statistics
import subprocess
import sys
import time


# A replay that takes longer is not repeated.
SLOW_MS = 2000

# How often the libraries take turns.
ROUNDS = 21


class Loro:
    name = "Loro"

    def __init__(self, agent=None):
        import loro

        self.loro = loro
        self.doc = loro.LoroDoc()
        if agent is not None:
            self.doc.peer_id = agent + 1
        self.text = self.doc.get_text("t")

    def edit(self, patches):
        for position, deleted, inserted in patches:
            if deleted:
                self.text.delete(position, deleted)
            if inserted:
                self.text.insert(position, inserted)

    def batch(self, transactions):
        for patches in transactions:
            self.edit(patches)
        self.doc.commit()

    def step(self, patches):
        before = self.doc.oplog_vv
        self.edit(patches)
        self.doc.commit()
        return self.doc.export(self.loro.ExportMode.Updates(before))

    def receive(self, updates):
        self.doc.import_batch(updates)

    def update(self):
        return self.doc.export(self.loro.ExportMode.Updates(self.loro.VersionVector()))

    def encode(self):
        return self.doc.export(self.loro.ExportMode.Snapshot())

    def apply(self, data):
        self.doc.import_(data)

    def string(self):
        return self.text.to_string()


class Yrs:
    name = "Yrs"

    def __init__(self, agent=None):
        from pycrdt import Doc, Text

        self.doc = Doc() if agent is None else Doc(client_id=agent + 1)
        self.text = self.doc.get("t", type=Text)

    def edit(self, patches):
        for position, deleted, inserted in patches:
            if deleted:
                del self.text[position : position + deleted]
            if inserted:
                self.text.insert(position, inserted)

    def batch(self, transactions):
        for start in range(0, len(transactions), 100):
            with self.doc.transaction():
                for patches in transactions[start : start + 100]:
                    self.edit(patches)

    def step(self, patches):
        before = self.doc.get_state()
        with self.doc.transaction():
            self.edit(patches)
        return self.doc.get_update(before)

    def receive(self, updates):
        for update in updates:
            self.doc.apply_update(update)

    def update(self):
        return self.doc.get_update()

    encode = update

    def apply(self, data):
        self.doc.apply_update(data)

    def string(self):
        return str(self.text)


def read(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def replay(library, trace):
    transactions = trace["txns"]
    if "parents" not in (transactions[0] if transactions else {}):
        document = library()
        document.batch([t["patches"] for t in transactions])
        return document
    agents = sorted({t["agent"] for t in transactions})
    documents = {agent: library(agent) for agent in agents}
    updates = {agent: [] for agent in agents}  # what each agent made
    has = {agent: dict.fromkeys(agents, 0) for agent in agents}
    known = []  # for each transaction, how many of each agent's it includes

    def learn(agent, wanted):
        for other in agents:
            if has[agent][other] > wanted[other]:
                raise SystemExit(f"agent {agent} saw more than its next edit builds on")
            if has[agent][other] < wanted[other]:
                documents[agent].receive(updates[other][has[agent][other] : wanted[other]])
                has[agent][other] = wanted[other]

    for transaction in transactions:
        agent = transaction["agent"]
        wanted = {
            other: max((known[parent][other] for parent in transaction["parents"]), default=0)
            for other in agents
        }
        learn(agent, wanted)
        updates[agent].append(documents[agent].step(transaction["patches"]))
        has[agent][agent] += 1
        wanted[agent] = has[agent][agent]
        known.append(wanted)
    learn(agents[0], {other: len(updates[other]) for other in agents})
    return documents[agents[0]]


def timed(runs, body, expected):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = body()
        times.append((time.perf_counter() - start) * 1e3)
        if expected is not None and result != expected:
            raise SystemExit("not the text that the file says it ends in")
    return statistics.median(times)


def measured(library, trace, runs):
    """A function that measures one round."""
    end = trace["endContent"]
    start = time.perf_counter()
    document = replay(library, trace)
    taken = (time.perf_counter() - start) * 1e3
    if document.string() != end:
        if trace.get("kind") != "concurrent":
            raise SystemExit(f"{library.name}: not the text that the file says it ends in")
        # Another order of insertions at one place is no mistake.
        print(f"{library.name}: orders concurrent insertions otherwise than the file", file=sys.stderr)
        end = document.string()
    update, stored = document.update(), document.encode()

    def apply(data):
        fresh = library()
        fresh.apply(data)
        return fresh.string()

    def again():
        return replay(library, trace).string()

    replayed = taken if taken > SLOW_MS else timed(runs, again, end)

    def round_():
        return {
            "replay": replayed,
            "merge": timed(runs, lambda: apply(update), end),
            "encode": timed(runs, document.encode, None),
            "load": timed(runs, lambda: apply(stored), end),
            "encoded_bytes": len(stored),
        }

    return round_


def together(rounds):
    """The median of each figure, and how far the rounds lie apart."""
    row = {what: statistics.median(each[what] for each in rounds) for what in rounds[0]}
    row["spread"] = {
        what: [min(each[what] for each in rounds), max(each[what] for each in rounds)]
        for what in rounds[0]}
    return row


def ours(binary, path, runs):
    done = subprocess.run(
        [binary, "text", path, "--json", "--runs", str(runs)], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    result = json.loads(done.stdout)[0]
    row = {what: result[what]["median_ms"] for what in ("replay", "merge", "encode", "load")}
    return dict(row, encoded_bytes=result["encoded_bytes"])


def main(arguments):
    runs, as_json, rest = 7, False, []
    while arguments:
        argument = arguments.pop(0)
        if argument == "--runs":
            runs = int(arguments.pop(0))
        elif argument == "--json":
            as_json = True
        else:
            rest.append(argument)
    if len(rest) < 2:
        raise SystemExit(__doc__)
    binary, everything = rest[0], []
    for path in rest[1:]:
        trace = read(path)
        rounds = {"Postil": lambda path=path: ours(binary, path, runs)}
        for library in (Loro, Yrs):
            rounds[library.name] = measured(library, trace, runs)
        turns = [{name: body() for name, body in rounds.items()} for _ in range(ROUNDS)]
        rows = {name: together([turn[name] for turn in turns]) for name in rounds}
        everything.append({"file": path, "rows": rows})
        if as_json:
            continue
        print(path)
        print(f"  {'':14}{'Postil':>12}{'Loro':>12}{'Yrs':>12}{'Loro/ours':>12}{'Yrs/ours':>12}")
        for what in ("replay", "merge", "encode", "load", "encoded_bytes"):
            one, two, three = (rows[name][what] for name in ("Postil", "Loro", "Yrs"))
            unit = "" if what == "encoded_bytes" else ", ms"
            digits = 0 if what == "encoded_bytes" else 3
            print(
                f"  {what.replace('_', ' ') + unit:14}{one:12.{digits}f}{two:12.{digits}f}"
                f"{three:12.{digits}f}{two / one:12.2f}{three / one:12.2f}"
            )
            if what == "merge":
                ahead = [
                    sum(turn[name][what] > turn["Postil"][what] for turn in turns)
                    for name in ("Loro", "Yrs")]
                print(f"    quicker in so many of {ROUNDS} rounds{ahead[0]:31}{ahead[1]:12}")
    if as_json:
        print(json.dumps(everything, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
