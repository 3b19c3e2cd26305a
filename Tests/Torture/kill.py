# SPDX-License-Identifier: MIT
"""SIGKILL to commands, daemons, and all of a machine at once, while both machines are at work."""

from __future__ import annotations

import subprocess
import threading
import time

from .book import Book
from .check import agree, check
from .lab import Lab
from .machine import Machine, pair
from .report import Result
from .scribe import Scribe

ABOUT = "kill -9 of commands, daemons and whole machines, at work and in sync"

#: After so many kills both machines must agree, and two new ones begin: checks stay short.
EPOCH = 25


def run(lab: Lab, result: Result) -> None:
    kinds: dict[str, int] = {}
    wanted = lab.count(30, 500)
    while result.runs < wanted:
        epoch(lab, result, min(EPOCH, wanted - result.runs), kinds)
        if result.failed:
            break
    result.note("killed: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items()))


def epoch(lab: Lab, result: Result, kills: int, kinds: dict[str, int]) -> None:
    number = result.runs
    names = (f"desk{number}", f"laptop{number}")
    machines = pair(lab, names)
    book = Book()
    scribes = [Scribe(one, book, lab.random.getrandbits(32), result) for one in machines]
    for scribe in scribes:
        scribe.write(6)
    landed = 0
    for _ in range(kills * 6):
        if landed == kills:
            break
        side = lab.random.randrange(2)
        kind = lab.random.choices(["command", "daemon", "machine", "sync"], [45, 30, 15, 10])[0]
        victim, scribe = machines[side], scribes[side]
        if not strike(lab, kind, victim, scribe, scribes[1 - side]):
            continue
        landed += 1
        result.runs += 1
        kinds[kind] = kinds.get(kind, 0) + 1
        check(victim, book, result, f"kill {result.runs} ({kind})")
        if victim.daemon is None:
            victim.start_daemon()
    agree(list(machines), book, result, f"after kill {result.runs}")
    result.acknowledged += book.acknowledged
    for machine in machines:
        machine.stop_daemon()


def strike(lab: Lab, kind: str, victim: Machine, scribe: Scribe, other: Scribe) -> bool:
    """Does one kill; whether it hit something that was running."""
    if kind == "command":
        done = scribe.step(fuse=lab.random.uniform(0, 1.3))
        return done is not None and done.code == -9
    if kind == "sync":
        other.step()
        scribe.step()
        done = victim.run("sync", kill_after=lab.random.uniform(0, 0.15))
        return done.code == -9
    return strike_at_work(lab, victim, scribe, other, and_commands=kind == "machine")


def strike_at_work(
    lab: Lab, victim: Machine, scribe: Scribe, other: Scribe, *, and_commands: bool
) -> bool:
    """Kills the daemon while both sides write; and the command that runs, when asked to."""
    stop = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def until_stopped() -> None:
        while not stop.is_set():
            scribe.step(started=running.append)

    threads = [
        threading.Thread(target=until_stopped),
        threading.Thread(target=other.keep_on, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    time.sleep(lab.random.uniform(0.05, 0.7))
    if and_commands:
        stop.set()
        if running:
            running[-1].kill()
    hit = victim.kill_daemon()
    if not and_commands:
        # What is written right after the crash, without a daemon, must arrive too.
        time.sleep(0.05)
        stop.set()
    for thread in threads:
        thread.join()
    return hit
