# SPDX-License-Identifier: MIT
"""A full disk, and one that became read-only: refused in time and in words; reads go on."""

from __future__ import annotations

import os

from .book import Book
from .check import agree, check
from .lab import Lab, Outcome, needs, needs_root, unmount
from .machine import Machine
from .report import Result
from .scribe import Scribe

ABOUT = "full and read-only disks, for commands and the daemon"

DISK_MIB = 32
#: Edits that are tried on a disk that is nearly full.
TRIES = 12
READS = [["list"], ["annotations"], ["search", "more"], ["status"], ["log"], ["export", "json"],
         ["export", "canonical"]]  # fmt: skip


def says_full(done: Outcome) -> bool:
    """The refusal that the documents promise."""
    return done.code == 70 and "full" in done.err


class Disk:
    """A small file system with a file that fills it."""

    def __init__(self, lab: Lab, name: str, block: int = 4096) -> None:
        self.lab = lab
        image = lab.root / f"{name}.img"
        lab.tool("truncate", "-s", f"{DISK_MIB}M", str(image))
        lab.tool("mkfs.ext4", "-q", "-m", "0", "-b", str(block), str(image))
        self.at = lab.mount("-o", "loop", str(image), at=lab.root / name)
        self.filler = self.at / "filler"

    def free(self) -> int:
        state = os.statvfs(self.at)
        return state.f_bavail * state.f_frsize

    def fill(self, leaving: int) -> None:
        """Leaves about so many bytes."""
        with open(self.filler, "ab") as file:
            step = 1 << 20
            while step >= 1024:
                while self.free() - leaving > step:
                    try:
                        os.posix_fallocate(file.fileno(), file.tell(), step)
                    except OSError:
                        break
                    file.seek(0, os.SEEK_END)
                step //= 4

    def empty(self) -> None:
        self.filler.unlink(missing_ok=True)
        self.lab.tool("sync", "-f", str(self.at))

    def remount(self, how: str) -> None:
        self.lab.tool("mount", "-o", f"remount,{how}", str(self.at))


def run(lab: Lab, result: Result) -> None:
    needs_root()
    needs("mkfs.ext4", "losetup")
    # Blocks of a page, as on disks of a usual size; and smaller ones, as on small ones, where a
    # page of mapped memory may find no room for its other blocks.
    commands(lab, result, lab.count(6, 60), block=4096)
    commands(lab, result, lab.count(3, 30), block=1024)
    daemon(lab, result, lab.count(2, 10))
    read_only(lab, result)


def reads(machine: Machine, result: Result, when: str) -> int:
    """Everything that only reads must work; how many did."""
    good = 0
    for words in READS:
        done = machine.run(*words)
        # A text for which there was no room is still awaited, and an export says so.
        awaits = words[0] == "export" and done.code == 7 and "not arrived" in done.err
        if done.code == 0 or awaits:
            good += 1
        else:
            result.breaks(f"{when}: reading ({' '.join(words)}) fails, {done.words}")
    return good


def commands(lab: Lab, result: Result, times: int, block: int) -> None:
    """Edits until the disk is full, again and again, with less or more room to begin with."""
    disk = Disk(lab, f"small{block}", block)
    machine = Machine(lab, "desk", disk.at)
    book = Book()
    scribe = Scribe(machine, book, lab.random.getrandbits(32), result, may_fail=says_full)
    scribe.write(10)
    for number in range(times):
        disk.fill(leaving=lab.random.choice([0, 0, 4, 8, 10, 16, 64, 128, 512]) * 1024)
        result.runs += 1
        when = f"full disk of {block}-byte blocks {number + 1}"
        refusals = scribe.refusals
        for _ in range(TRIES):
            scribe.step()
        if refusals == scribe.refusals:
            # There was room for these: take it.
            disk.fill(leaving=0)
            scribe.step("add")
        reads(machine, result, when)
        disk.empty()
        check(machine, book, result, f"{when}, after there is room")
        patient = scribe.refusals
        scribe.write(3)
        if scribe.refusals > patient:
            result.breaks(f"{when}: edits are refused though there is room again")
    result.note(
        f"full disk of {block}-byte blocks: {scribe.refusals} edits refused, "
        f"{book.acknowledged} acknowledged"
    )
    result.acknowledged += book.acknowledged
    unmount(disk.at)


def daemon(lab: Lab, result: Result, times: int) -> None:
    """A daemon whose disk is full refuses what comes, serves on, and takes it later."""
    disk = Disk(lab, "served")
    full, other = Machine(lab, "full", disk.at), Machine(lab, "other")
    for machine in (full, other):
        machine.start_daemon()
    other.join(full)
    book = Book()
    here = Scribe(full, book, lab.random.getrandbits(32), result, may_fail=says_full)
    there = Scribe(other, book, lab.random.getrandbits(32), result)
    for number in range(times):
        when = f"daemon on a full disk {number + 1}"
        here.write(4)
        there.write(4)
        disk.fill(leaving=lab.random.choice([0, 64, 256]) * 1024)
        result.runs += 1
        for _ in range(6):
            there.step("add")
            here.step()
        refused = other.sync(5)
        if refused.code is None:
            result.breaks(f"{when}: the sync of the other machine hangs")
        reads(full, result, when)
        if full.daemon is None or full.daemon.poll() is not None:
            result.breaks(f"{when}: the daemon ended: {full.log_end()}")
            full.start_daemon()
        disk.empty()
        took = agree([full, other], book, result, f"{when}, after there is room", seconds=90)
        if took > 30:
            result.note(f"{when}: in step {took:.0f} s after there was room")
    result.acknowledged += book.acknowledged
    for machine in (full, other):
        machine.stop_daemon()
    unmount(disk.at)


def read_only(lab: Lab, result: Result) -> None:
    """The file system became read-only: edits are refused, reading goes on."""
    disk = Disk(lab, "readonly")
    machine = Machine(lab, "desk", disk.at)
    book = Book()
    scribe = Scribe(
        machine, book, lab.random.getrandbits(32), result,
        may_fail=lambda done: done.code in (6, 70) and "ead-only" in done.err,
    )  # fmt: skip
    scribe.write(10)
    disk.remount("ro")
    result.runs += 1
    for verb in ("add", "annotate", "tag"):
        done = scribe.step(verb)
        if done and done.code == 0:
            result.lose(f"read-only disk: {verb} was acknowledged")
        elif done and verb == "add":
            result.note(f"read-only disk: an edit ends with {done.words}")
    good = reads(machine, result, "read-only disk")
    result.note(f"read-only disk: {good} of {len(READS)} reading commands work")
    served = lab.run(
        [machine.program("syncd"), "--listen", "127.0.0.1:0"], machine.environment, timeout=10
    )
    if served.code == 0 or (served.code is not None and served.code < 0):
        result.breaks(f"read-only disk: the daemon ends with {served.words}")
    what = "goes on serving" if served.code is None else f"ends with {served.words}"
    result.note(f"read-only disk: the daemon {what}")
    disk.remount("rw")
    check(machine, book, result, "read-only disk, after it can be written")
    scribe.write(3)
    result.acknowledged += book.acknowledged
    unmount(disk.at)
