# SPDX-License-Identifier: MIT
"""How the cost of everyday commands grows with the library, from 1,000 annotations on: in
processor time, which other work on the machine changes little.

`--annotations` is the largest library. With `--json`, `Benchmarks/plot.py` draws what comes out.
"""

import os

import programs
from measuring import CHILDREN, Series, processor

COMMANDS = {
    "status": ["status", "--json"],
    "list limit:20": ["list", "--json", "limit:20"],
    "annotations limit:20": ["annotations", "--json", "limit:20"],
    "search, a common word": ["search", "--json", "--limit", "20", "the"],
    "search, two words": ["search", "--json", "--limit", "20", "great against"],
    "doctor --fast": ["doctor", "--fast", "--json"],
}


def run(report, work, annotations, runs):
    count = 1_000
    while count <= annotations:
        store = programs.fresh_store(os.path.join(work, "desk"), count)
        article = programs.one_article(store)
        series = {name: Series() for name in [*COMMANDS, "edit"]}
        for turn in range(runs + 1):
            for name, each in series.items():
                command = COMMANDS.get(name) or ["edit", article, "--title", f"Turn {turn}"]
                begin = processor(CHILDREN)
                programs.run(*command, store=store, check=False)
                each.add(processor(CHILDREN) - begin)
        for name, each in series.items():
            # The first finds nothing in the system's cache.
            each.values.pop(0)
            report.row(f"{name} at {count}", each)
        count *= 10
