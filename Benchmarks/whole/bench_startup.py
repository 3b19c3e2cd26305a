# SPDX-License-Identifier: MIT
"""How long the programs take to start and do next to nothing."""

import os
import subprocess

import plain
import library
import programs
from measuring import Series


def run(report, work, annotations, runs):
    runs = max(runs, 20)
    store = programs.fresh_store(None, annotations)
    path = os.path.join(work, "plain.db")
    plain.insert(path, library.Rows(min(annotations, 1000)))
    version, status, shell = Series(), Series(), Series()
    for _ in range(runs):
        version.time(lambda: subprocess.run(
            [programs.CLIENTCTL, "--version"], check=True, capture_output=True))
        status.time(lambda: programs.run("status", "--json", store=store))
        shell.time(lambda: subprocess.run(
            ["sqlite3", path, "SELECT count(*) FROM article"], check=True, capture_output=True))
    report.row("clientctl --version", version, peers={"sqlite3": shell})
    report.row(
        f"clientctl status --json, {annotations:,} annotations", status, "≤ 20 ms",
        {"sqlite3": shell}, status.median <= 20)
