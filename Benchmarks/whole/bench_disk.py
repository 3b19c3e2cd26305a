# SPDX-License-Identifier: MIT
"""Bytes on disk beside the same library in plain SQLite."""

import os

import library
import plain
import programs


def run(report, work, annotations, runs):
    store = programs.fresh_store(None, annotations)
    path = os.path.join(work, "plain.db")
    plain.insert(path, library.Rows(annotations))
    ours, peer = programs.size(store), os.path.getsize(path)
    report.row(
        f"bytes on disk, {annotations:,} annotations",
        f"{ours:,} bytes, {ours / annotations:.0f} an annotation, {ours / peer:.2f} × plain",
        "≤ 1.25 × plain", {"plain": f"{peer:,} bytes, {peer / annotations:.0f} an annotation"},
        ours <= 1.25 * peer)
    with open(os.devnull) as _:
        for name, share in _tables(os.path.join(store, "postil.db")):
            report.row(f"    of it {name}", f"{share / annotations:.0f} bytes an annotation")


def _tables(path):
    """Bytes of each table and index, the largest first, where SQLite can tell."""
    import subprocess
    done = subprocess.run(
        ["sqlite3", "-separator", "\t", path,
         "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 14"],
        capture_output=True, text=True)
    return [(name, int(size)) for name, size in
            (line.split("\t") for line in done.stdout.splitlines())]
