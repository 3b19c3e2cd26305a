# SPDX-License-Identifier: MIT
"""SIGSTOP in the middle of a transfer or a write; the others go on, and after SIGCONT all agree."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time

from .book import Book
from .check import agree, check
from .lab import Lab
from .machine import Machine, pair
from .report import Result
from .scribe import Scribe

ABOUT = "SIGSTOP and SIGCONT of daemons mid-transfer and of commands mid-write"

#: What an edit or a read may take while another process stands still, seconds.
PATIENCE = 5.0
EPOCH = 10


def run(lab: Lab, result: Result) -> None:
    wanted = lab.count(8, 100)
    waits: list[float] = []
    while result.runs < wanted:
        epoch(lab, result, min(EPOCH, wanted - result.runs), waits)
        if result.failed:
            break
    if waits:
        result.note(f"the slowest command beside a stopped process took {max(waits):.1f} s")


def epoch(lab: Lab, result: Result, pauses: int, waits: list[float]) -> None:
    machines = pair(lab, (f"desk{result.runs}", f"laptop{result.runs}"))
    book = Book()
    # Texts of a hundred kilobytes or so, so that there is a middle of a transfer.
    scribes = [
        Scribe(one, book, lab.random.getrandbits(32), result, paragraphs=(800, 2500))
        for one in machines
    ]
    for scribe in scribes:
        scribe.write(4)
    for number in range(pauses):
        result.runs += 1
        side = lab.random.randrange(2)
        when = f"pause {result.runs}"
        if number % 2 == 0:
            pause_daemon(lab, result, machines[side], scribes[side], scribes[1 - side], waits, when)
        else:
            pause_command(lab, result, machines[side], scribes[side], scribes[1 - side], waits, when)
        for machine in machines:
            check(machine, book, result, when)
    agree(list(machines), book, result, f"after pause {result.runs}")
    result.acknowledged += book.acknowledged
    for machine in machines:
        machine.stop_daemon()


def timed(result: Result, what: str, waits: list[float], seconds: float) -> None:
    waits.append(seconds)
    if seconds > PATIENCE:
        result.breaks(f"{what} took {seconds:.1f} s")


def pause_daemon(
    lab: Lab, result: Result, victim: Machine, own: Scribe, other: Scribe,
    waits: list[float], when: str,
) -> None:  # fmt: skip
    """A daemon stands still while it transfers; commands on both machines go on."""
    if victim.daemon is None:
        return
    for _ in range(3):
        other.step("add")
    own.step("add")
    time.sleep(lab.random.uniform(0, 0.3))
    os.kill(victim.daemon.pid, signal.SIGSTOP)
    try:
        for name, scribe in (("its own machine", own), ("the other machine", other)):
            done = scribe.step("add")
            if done:
                timed(result, f"{when}: beside a stopped daemon, an edit on {name}", waits, done.seconds)
        listed = victim.run("list")
        timed(result, f"{when}: beside a stopped daemon, list", waits, listed.seconds)
        time.sleep(lab.random.uniform(0, 2))
    finally:
        os.kill(victim.daemon.pid, signal.SIGCONT)


def pause_command(
    lab: Lab, result: Result, victim: Machine, own: Scribe, other: Scribe,
    waits: list[float], when: str,
) -> None:  # fmt: skip
    """A command stands still while it writes; reading, and the other machine, go on."""
    stopped: list[int] = []
    fuse = lab.random.uniform(0, 0.08)

    def stop(child: subprocess.Popen[bytes]) -> None:
        time.sleep(fuse)
        if child.poll() is None:
            os.kill(child.pid, signal.SIGSTOP)
            stopped.append(child.pid)

    writer = threading.Thread(target=own.step, args=("add",), kwargs={"started": stop})
    writer.start()
    try:
        time.sleep(fuse + 0.1)
        reads = victim.run("list", timeout=PATIENCE + 5)
        timed(result, f"{when}: beside a stopped writing command, list", waits, reads.seconds)
        if done := other.step("add"):
            timed(result, f"{when}: beside it, an edit on the other machine", waits, done.seconds)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        writer.join()
