# SPDX-License-Identifier: MIT
"""What many connected peers cost a daemon: one edit a second reaches every one of them.

`--peers N` peers (200) run in one process of their own (`fleet.py`); measured is the processor time
of the daemon alone.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time

import programs
from measuring import Series

EDITS = 30


class Fleet:
    """The process with the peers."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(__file__), "fleet.py"), folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("the peers ended")
        return answer

    def stop(self):
        self.process.terminate()
        self.process.wait()


def _share(host, seconds):
    """Percent of a core that the daemon takes while nobody edits."""
    begin, cpu = time.monotonic(), host.cpu_seconds()
    time.sleep(seconds)
    return (host.cpu_seconds() - cpu) / (time.monotonic() - begin) * 100


def run(report, work, annotations, runs, peers):
    desk = programs.fresh_store(os.path.join(work, "desk"), annotations)
    host, fleet = programs.Daemon(desk, "desk"), Fleet(os.path.join(work, "fleet"))
    try:
        for _ in range(peers):
            link = programs.run("peer", "invite", store=desk).strip().splitlines()[-1]
            fleet.tell(link)
        # All begin where the host stands: an edit is measured, and not two hundred first syncs.
        with sqlite3.connect(f"file:{desk}/postil.db?mode=ro", uri=True) as database:
            heads = database.execute(
                "SELECT hex(id), sequence, hex(hash) FROM writer WHERE sequence > 0").fetchall()
        fleet.tell("go " + json.dumps(heads))
        article = programs.one_article(desk)
        time.sleep(3)
        quiet, busy, switches = Series("% of a core"), Series("% of a core"), Series("per edit")
        quiet.add(_share(host, 15))
        told = {}
        for turn in range(runs):
            begin, cpu, count = time.monotonic(), host.cpu_seconds(), host.switches()
            for edit in range(EDITS):
                programs.run("edit", article, "--title", f"Turn {turn}.{edit}", store=desk)
                done = time.monotonic()
                told[_fingerprint(desk)] = done
                time.sleep(max(0, begin + edit + 1 - time.monotonic()))
            busy.add((host.cpu_seconds() - cpu) / (time.monotonic() - begin) * 100)
            switches.add((host.switches() - count) / EDITS)
        time.sleep(2)
        memory = host.status("VmRSS")[0] / 1024
        seen = json.loads(fleet.tell("stop"))
    finally:
        host.stop()
        fleet.stop()
    _report(report, peers, quiet, busy, switches, memory, seen, told, runs * EDITS)


def _fingerprint(store):
    return programs.run_json("status", store=store)["fingerprint"].replace("-", "")


def _report(report, peers, quiet, busy, switches, memory, seen, told, edits):
    ends = {each["fingerprint"] for each in seen["peers"]}
    late = Series()
    for each in seen["peers"]:
        for fingerprint, moment in each["seen"]:
            if fingerprint in told:
                late.add((moment - told[fingerprint]) * 1000)
    got = len(late.values) / (peers * edits) * 100
    report.row(
        f"syncd with {peers} peers, one edit a second", busy, "≤ 20 % of a core",
        holds=busy.median <= 20 if peers >= 200 else None)
    report.row("the same, nobody edits", quiet)
    report.row("times that the daemon was put to work (voluntary switches)", switches)
    report.row("syncd resident", f"{memory:.0f} MiB")
    report.row(
        "all peers hold the last edit", str(ends == {list(told)[-1]}),
        holds=ends == {list(told)[-1]})
    report.row("edits that a peer took one by one", f"{got:.1f} %")
    report.row(
        "command's end to the peer holding it",
        f"p50 {late.median:.0f} ms, p95 {late.quantile(0.95):.0f} ms, "
        f"most {max(late.values):.0f} ms")
    exchanges = sum(each["exchanges"] for each in seen["peers"])
    report.row(
        "exchanges an edit and peer, in all", f"{exchanges / peers / edits:.2f}")
    report.row("processor time of the peers' process", f"{seen['cpuSeconds']:.1f} s")
