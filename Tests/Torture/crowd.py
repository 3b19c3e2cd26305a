# SPDX-License-Identifier: MIT
"""Two commands and the daemon write to one store, while others read, hold on, and checkpoint.

SQLite before 3.51.3 can lose pages when one connection resets the write-ahead log while another
checkpoints. The store's rule against it: whoever writes, checkpoints or closes last holds the
store's `lock`. The storm keeps to that rule, as fast as it can.
"""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
import threading
import time
from contextlib import closing

from .book import Book
from .check import agree
from .lab import Lab
from .machine import Machine, pair
from .report import Result
from .scribe import Scribe

ABOUT = "two commands and the daemon write at once, in a storm of readers and checkpoints"

#: Seconds from one checkpoint to the next.
STORM_PAUSE = 0.005


class Storm:
    """Readers and checkpoints on one store."""

    def __init__(self, machine: Machine, result: Result, seed: int, stop: threading.Event) -> None:
        self.machine, self.result, self.stop = machine, result, stop
        self.seed = seed
        self.checkpoints = 0
        self.folded = 0
        self.reads = 0
        self.commands = 0

    def threads(self) -> list[threading.Thread]:
        work = [self.checkpoint, self.read, self.read, self.command]
        return [threading.Thread(target=one, args=(number,)) for number, one in enumerate(work)]

    def checkpoint(self, number: int) -> None:
        modes = random.Random(self.seed + number)
        path = self.machine.store / "postil.db"
        lock = os.open(self.machine.store / "lock", os.O_RDWR)
        try:
            while not self.stop.wait(STORM_PAUSE):
                fcntl.flock(lock, fcntl.LOCK_EX)
                mode = modes.choice(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
                # Closed while the lock is held, too: the last close is a checkpoint.
                with closing(sqlite3.connect(path, timeout=0.05)) as database:
                    try:
                        row = database.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
                        self.checkpoints += 1
                        self.folded += max(0, row[2])
                    except sqlite3.OperationalError as error:
                        if "locked" not in str(error):
                            self.result.damage(f"checkpoint: {error}")
                fcntl.flock(lock, fcntl.LOCK_UN)
        finally:
            os.close(lock)

    def read(self, number: int) -> None:
        moments = random.Random(self.seed + number)
        path = f"file:{self.machine.store}/postil.db?mode=ro"
        while not self.stop.wait(moments.uniform(0, 0.01)):
            try:
                with closing(sqlite3.connect(path, uri=True, timeout=5)) as database:
                    database.execute("BEGIN")
                    first = database.execute("SELECT count(*) FROM change").fetchone()
                    # Holds its view, so that checkpoints must leave the log's end alone.
                    self.stop.wait(moments.uniform(0, 0.05))
                    if database.execute("SELECT count(*) FROM change").fetchone() != first:
                        self.result.damage("a reader's view changed while it was held")
                    if moments.random() < 0.02:
                        words = database.execute("PRAGMA quick_check").fetchone()[0]
                        if words != "ok":
                            self.result.damage(f"quick_check: {words}")
                    self.reads += 1
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) and "unable to open" not in str(error):
                    self.result.damage(f"reader: {error}")
            except sqlite3.DatabaseError as error:
                self.result.damage(f"reader: {error}")

    def command(self, number: int) -> None:
        choices = random.Random(self.seed + number)
        reading = [["status"], ["list"], ["search", "more"], ["doctor", "--fast"], ["log"]]
        while not self.stop.wait(0.05):
            done = self.machine.run(*choices.choice(reading))
            self.commands += 1
            if done.code != 0:
                self.result.breaks(f"a reading command failed: {done.words}")


def run(lab: Lab, result: Result) -> None:
    seconds = lab.count(15, 600)
    desk, laptop = pair(lab, ("desk", "laptop"))
    book = Book()
    scribes = [
        Scribe(machine, book, lab.random.getrandbits(32), result, paragraphs=(2, 12))
        for machine in (desk, desk, laptop)
    ]
    for scribe in scribes:
        scribe.alone = scribe is scribes[2]
        scribe.write(3)
    stop = threading.Event()
    storm = Storm(desk, result, lab.random.getrandbits(32), stop)
    threads = [threading.Thread(target=scribe.keep_on, args=(stop,)) for scribe in scribes]
    threads += storm.threads()
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end and not result.damaged:
            time.sleep(0.2)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    agree([desk, laptop], book, result, f"after {seconds} s", seconds=180)
    for machine in (desk, laptop):
        machine.stop_daemon()
        with closing(sqlite3.connect(f"file:{machine.store}/postil.db?mode=ro", uri=True)) as one:
            for (line,) in one.execute("PRAGMA integrity_check"):
                if line != "ok":
                    result.damage(f"{machine.name}: integrity_check: {line}")
    result.runs = storm.checkpoints
    result.acknowledged = book.acknowledged
    slowest = max(scribe.slowest for scribe in scribes)
    result.note(
        f"{seconds} s: {storm.checkpoints} checkpoints that folded {storm.folded} frames, "
        f"{storm.reads} held views, {storm.commands} reading commands; the slowest edit took "
        f"{slowest:.1f} s"
    )
