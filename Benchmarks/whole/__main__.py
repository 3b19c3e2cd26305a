# SPDX-License-Identifier: MIT
"""Measures the built programs, beside others that do the same work: see `scripts/bench`."""

import argparse
import importlib
import shutil
import tempfile

from measuring import Report

BENCHES = ["cli", "import", "sync", "live", "search", "memory", "disk", "startup",
           "growth", "peers", "resume"]


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("bench", choices=BENCHES)
    parser.add_argument("--annotations", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", type=int, default=200)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    bench = importlib.import_module(f"bench_{options.bench}")
    report = Report(options.bench, options.annotations, options.json)
    work = tempfile.mkdtemp(prefix="postil-bench-")
    try:
        more = {"peers": options.peers} if options.bench == "peers" else {}
        bench.run(report, work, options.annotations, options.runs, **more)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report.finish()


main()
