#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws docs/images/growth.svg from what `scripts/bench growth --json` printed.

    python3 -m venv /tmp/plot && /tmp/plot/bin/pip install matplotlib
    scripts/bench growth --annotations 1000000 --json >growth.json
    /tmp/plot/bin/python Benchmarks/plot.py growth.json docs/images/growth.svg
"""

import json
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot  # noqa: E402


def main(source, target):
    with open(source, encoding="utf-8") as file:
        rows = json.load(file)["rows"]
    lines = {}
    for row in rows:
        name, count = row["what"].rsplit(" at ", 1)
        ours = row["ours"]
        lines.setdefault(name, []).append((int(count), ours["median"], ours["least"], ours["most"]))
    plot.rcParams.update({"svg.hashsalt": "postil", "font.size": 10})
    figure, axes = plot.subplots(figsize=(7, 4.2))
    for name, points in lines.items():
        counts, medians, least, most = zip(*points)
        (line,) = axes.plot(counts, medians, marker="o", label=name)
        axes.fill_between(counts, least, most, alpha=0.12, color=line.get_color())
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("annotations in the library")
    axes.set_ylabel("processor ms, cold process (median; least to most)")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


main(*sys.argv[1:3])
