# SPDX-License-Identifier: MIT
"""Import of a library, beside plain SQLite inserts of the same."""

import os
import shutil

import library
import plain
import programs
from measuring import CHILDREN, OWN, Series, processor


def run(report, work, annotations, runs):
    file = programs.library_file(annotations)
    rows = library.Rows(annotations)
    ours, peer, rate = Series(), Series(), Series("annotations/s")
    cost, peer_cost = Series(), Series()
    for _ in range(runs):
        begin = processor(OWN)
        peer.add(plain.insert(os.path.join(work, "plain.db"), rows) * 1000)
        peer_cost.add(processor(OWN) - begin)
        store = os.path.join(work, "import")
        shutil.rmtree(store, ignore_errors=True)
        begin = processor(CHILDREN)
        ours.time(lambda: programs.run("import", "json", file, store=store))
        cost.add(processor(CHILDREN) - begin)
        rate.add(annotations / ours.values[-1] * 1000)
    found = programs.run_json("search", rows.annotations[0][9].split()[0], store=store)
    if not found:
        raise SystemExit("nothing is found after the import")
    report.row(
        f"import of {annotations:,} annotations", ours, peers={"plain": peer})
    report.row("the same in processor time", cost, peers={"plain": peer_cost})
    report.row("the same as a rate", rate, "≥ 40,000", holds=rate.median >= 40_000)
