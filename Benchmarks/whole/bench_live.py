# SPDX-License-Identifier: MIT
"""From the commit on A to the commit on B, both daemons connected and idle.

Both databases are looked at every tenth of a millisecond, by how many changes they hold.
"""

import os
import sqlite3
import subprocess
import time

import programs
from measuring import Series


def _held(store):
    database = sqlite3.connect(
        f"file:{store}/postil.db?mode=ro", uri=True, isolation_level=None)
    return lambda: database.execute("SELECT sum(sequence) FROM writer").fetchone()[0] or 0


def _until(held, count, seconds=30):
    end = time.perf_counter() + seconds
    while held() < count:
        if time.perf_counter() > end:
            raise SystemExit("an edit did not arrive")
        time.sleep(0.0001)
    return time.perf_counter()


def run(report, work, annotations, runs):
    edits = max(200, runs * 40)
    desk = programs.fresh_store(os.path.join(work, "desk"), annotations)
    laptop = os.path.join(work, "laptop")
    host = programs.Daemon(desk, "desk")
    guest = None
    try:
        programs.pair(host, laptop, "laptop")
        programs.run("sync", "--wait", store=laptop, name="laptop")
        guest = programs.Daemon(laptop, "laptop")
        article = programs.one_article(desk)
        here, there = _held(desk), _held(laptop)
        time.sleep(2)
        ours = Series()
        for turn in range(edits):
            count = here() + 1
            command = subprocess.Popen(
                [programs.CLIENTCTL, "edit", article, "--title", f"Turn {turn}",
                 "--store", desk], stdout=subprocess.DEVNULL, env={**os.environ, "POSTIL_NAME": "desk"})
            begin = _until(here, count)
            ours.add((_until(there, count) - begin) * 1000)
            command.wait()
            time.sleep(0.02)
        for share, goal in ((0.5, 10), (0.95, None), (0.99, 50)):
            value = ours.quantile(share)
            report.row(
                f"commit on A to commit on B, p{share * 100:.0f} of {edits} edits, "
                f"{annotations:,} annotations", f"{value:.2f} ms", f"≤ {goal} ms" if goal else "",
                holds=value <= goal if goal else None)
        begin, cpu = time.perf_counter(), guest.cpu_seconds()
        time.sleep(20)
        share = (guest.cpu_seconds() - cpu) / (time.perf_counter() - begin) * 100
        report.row("idle processor time, 20 s", f"{share:.2f} % of a core", "< 0.1 %",
                   holds=share < 0.1)
    finally:
        host.stop()
        if guest:
            guest.stop()
