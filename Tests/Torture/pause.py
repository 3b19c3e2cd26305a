# SPDX-License-Identifier: MIT
"""SIGSTOP in the middle of a transfer or a write; the others go on, and after SIGCONT all agree."""

from __future__ import annotations

import fcntl
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
    wanted = lab.count(8, 60)
    waits: list[float] = []
    while result.runs < wanted:
        epoch(lab, result, min(EPOCH, wanted - result.runs), waits)
        if result.lost or result.damaged:
            break
    if not lab.short:
        gives_up(lab, result)
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
            pause_command(
                lab, result, machines[side], scribes[side], scribes[1 - side], waits, when
            )
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
        if done := other.step("add"):
            timed(
                result, f"{when}: beside a stopped daemon, an edit elsewhere", waits, done.seconds
            )
        listed = victim.run("list", timeout=PATIENCE + 3)
        timed(result, f"{when}: beside a stopped daemon, list", waits, listed.seconds)
        # Stopped while it writes, it keeps others from writing, as documented.
        if not is_locked(victim) and (done := own.step("add")):
            timed(result, f"{when}: beside a stopped daemon, an edit", waits, done.seconds)
        time.sleep(lab.random.uniform(0, 2))
    finally:
        os.kill(victim.daemon.pid, signal.SIGCONT)


def is_locked(machine: Machine) -> bool:
    """Whether somebody holds the store's lock now."""
    with open(machine.store / "lock", "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def pause_command(
    lab: Lab,
    result: Result,
    victim: Machine,
    own: Scribe,
    other: Scribe,
    waits: list[float],
    when: str,
) -> None:
    """A command stands still while it writes; reading, and the other machine, go on."""
    stopped: list[int] = []
    settled = threading.Event()
    fuse = lab.random.uniform(0, 0.005)

    def stop(child: subprocess.Popen[bytes]) -> None:
        if stop_in_write(victim, child, fuse):
            stopped.append(child.pid)
        settled.set()

    def started(child: subprocess.Popen[bytes]) -> None:
        # Beside the command, which waits for its input.
        threading.Thread(target=stop, args=(child,)).start()

    writer = threading.Thread(target=own.step, args=("add",), kwargs={"started": started})
    writer.start()
    try:
        settled.wait(15)
        if done := other.step("add"):
            timed(result, f"{when}: beside it, an edit on the other machine", waits, done.seconds)
        reads = victim.run("list", timeout=PATIENCE + 3)
        timed(result, f"{when}: beside a command stopped mid-write, list", waits, reads.seconds)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        writer.join()


def stop_in_write(machine: Machine, child: subprocess.Popen[bytes], fuse: float) -> bool:
    """Stops a command at a moment at which it holds the store's lock, a little after it took it;
    whether it was met there."""
    end = time.monotonic() + 10
    while child.poll() is None and time.monotonic() < end:
        if not is_locked(machine):
            time.sleep(0.0003)
            continue
        time.sleep(fuse)
        os.kill(child.pid, signal.SIGSTOP)
        # The daemon may have been the one; it lets go soon.
        time.sleep(0.05)
        if is_locked(machine):
            return True
        os.kill(child.pid, signal.SIGCONT)
        fuse = 0
    return False


def gives_up(lab: Lab, result: Result) -> None:
    """Beside somebody who never lets go, an edit ends with the promised code after the promised
    minute."""
    machine = Machine(lab, "patient")
    machine.json("status")
    with open(machine.store / "lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = machine.run("add", "-", input="Some words.", timeout=150)
    if done.code != 70:
        result.breaks(f"an edit beside a lock that is held for ever ends with {done.words}")
    if done.seconds > 70:
        result.breaks(f"an edit gives up after {done.seconds:.0f} s and not after 60")
    result.runs += 1
