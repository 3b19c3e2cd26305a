#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the program `parts` and prints medians, a line a benchmark: `scripts/bench parts`.

    python3 Benchmarks/parts.py PROGRAM [--filter REGEX] [--json]
"""

import json
import re
import subprocess
import sys

COLUMNS = {
    "Time (wall clock)": "ms", "SQL statements": "statements",
    "allocations": "allocations", "bytes allocated": "allocated", "bytes made": "made"}


def medians(lines):
    """Of each benchmark, each metric's median; times come as nanoseconds."""
    rows, name, metric = {}, None, None
    for line in lines:
        line = re.sub(r"\x1b\[[0-9]*[A-Z]|\r", "", line).rstrip()
        if line.startswith("Debug results for "):
            name = line[len("Debug results for "):].rstrip(":")
            rows[name] = {}
        elif name and line.endswith(":") and line[:-1] in COLUMNS:
            metric = line[:-1]
        elif metric and (point := re.match(r"\s*([\d.]+)\s+(0\.\d+|1\.0+)\s+\d+", line)):
            value, share = float(point[1]), float(point[2])
            if share >= 0.5 and COLUMNS[metric] not in rows[name]:
                rows[name][COLUMNS[metric]] = value / 1e6 if "Time" in metric else round(value)
    return rows


def main(program, *options):
    is_json = "--json" in options
    options = [option for option in options if option != "--json"]
    done = subprocess.run([program, *options], capture_output=True, text=True)
    rows = medians(done.stdout.splitlines())
    if done.returncode != 0 or not rows:
        raise SystemExit(f"{program}: {done.returncode}: {done.stderr}{done.stdout[-500:]}")
    if is_json:
        print(json.dumps(rows, indent=1))
        return
    heads = list(COLUMNS.values())
    print(f"{'':42}" + "".join(f"{head:>12}" for head in heads))
    for name, row in rows.items():
        cells = [
            "" if head not in row else f"{row[head]:,.2f}" if head == "ms" else f"{row[head]:,}"
            for head in heads]
        print(f"{name:42}" + "".join(f"{cell:>12}" for cell in cells))


main(*sys.argv[1:])
