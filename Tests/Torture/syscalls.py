# SPDX-License-Identifier: MIT
"""A fault at every system call of a command: killed, an I/O error, a full disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import strace
from .book import Book
from .check import agree, check
from .frozen import Frozen
from .lab import Lab, Outcome, Unable, needs
from .machine import Machine
from .report import Result, say
from .scribe import Scribe
from .strace import Point

ABOUT = "killed, EIO and ENOSPC at the n-th system call of annotate, add and sync, every n"

#: Longer than any thread of a command makes calls of one name.
NUMBER_MAX = 2000
#: A command that takes longer than this hangs, seconds.
HANG = 40.0
CALLS = strace.CHANGING + strace.OTHER
SHORT_CALLS = ["pwrite64", "fdatasync", "fsync", "ftruncate", "rename", "unlink", "flock"]


@dataclass
class Sweep:
    """What the points of one command came to."""

    name: str
    points: int = 0
    killed: int = 0
    refused: int = 0
    #: The fault did not matter: it came after the commit, or was made good.
    acknowledged: list[str] = field(default_factory=list)
    #: Refused with an error, and yet there afterwards.
    written: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def enter(self, point: Point, done: Outcome, there: bool) -> None:
        self.points += 1
        if done.code == 0:
            self.acknowledged.append(point.words)
        elif done.code == -9:
            self.killed += 1
        else:
            self.refused += 1
            if there:
                self.written.append(point.words)

    def tell(self, result: Result) -> None:
        seconds = time.monotonic() - self.began
        result.note(
            f"{self.name}: {self.points} points in {seconds:.0f} s: {self.killed} killed, "
            f"{self.refused} refused, {len(self.acknowledged)} acknowledged in spite of it"
        )
        durable = [words for words in self.acknowledged if " fsync" in words or "fdata" in words]
        if durable:
            result.note(f"{self.name}: acknowledged in spite of {', '.join(durable)}")
        if self.written:
            shown = ", ".join(self.written[:12])
            result.note(
                f"{self.name}: refused and yet written, whole, {len(self.written)} times: {shown}"
            )


def run(lab: Lab, result: Result) -> None:
    needs("strace")
    probe = lab.run(["strace", "-qq", "-o", "/dev/null", "true"], {"PATH": "/usr/bin:/bin"})
    if probe.code != 0:
        raise Unable(f"strace can't trace here: {probe.words}")
    Edits(lab, result, "annotate").run()
    Exchange(lab, result).run()
    if not lab.short:
        Edits(lab, result, "add").run()
        Edits(lab, result, "annotate", start="copy").run()
        Edits(lab, result, "add", start="none").run()


def count(do: Callable[[list[str]], object], log: Path, store: Path, name: str) -> dict[str, int]:
    """Which calls a command makes on its store's files and on sockets, and how often."""
    files = ",".join(call for call in CALLS if call not in strace.NETWORK)
    do(strace.tracing(log, files, store))
    counts = strace.counted(log)
    do(strace.tracing(log, ",".join(sorted(strace.NETWORK)), None))
    counts |= strace.counted(log)
    words = ", ".join(f"{call} {times}" for call, times in sorted(counts.items()))
    say(f"syscalls: {name} makes {words}")
    return counts


def points(lab: Lab, counts: dict[str, int]) -> Iterator[list[Point]]:
    """Every fault to try, a row for each call and kind, without end: the first that doesn't come
    about ends its row."""
    for call in SHORT_CALLS if lab.short else CALLS:
        if call not in counts:
            continue
        kinds = [("kill", False)] if call in strace.CHANGING else []
        kinds += [("EIO", False)] if lab.short else [("EIO", False), ("EIO", True)]
        if call in strace.FILLING:
            kinds += [("ENOSPC", True)] if lab.short else [("ENOSPC", False), ("ENOSPC", True)]
        for kind, for_ever in kinds:
            # The short form takes a few points of a long row, spread by the seed.
            step = max(1, counts[call] // 4) if lab.short else 1
            # SQLite tries a lock that fails for ever for ten seconds.
            if for_ever and call == "fcntl":
                step = max(step, 8)
            first = lab.random.randint(1, step)
            yield [Point(call, number, kind, for_ever) for number in range(first, NUMBER_MAX, step)]


class Edits:
    """The sweep of one editing command, each time from the same store."""

    def __init__(self, lab: Lab, result: Result, verb: str, *, start: str = "same") -> None:
        self.lab, self.result, self.verb, self.start = lab, result, verb, start
        words = {"same": "", "copy": " in a copied store", "none": " that makes the store"}
        self.sweep = Sweep(verb + words[start])
        self.machine = Machine(lab, f"{verb}{start}")
        self.log = self.machine.home / "strace.log"
        self.base = Book()
        if start != "none":
            self.scribe(self.base).step("add")
            self.scribe(self.base).step("annotate")
        else:
            self.machine.store.mkdir(mode=0o700)
        self.frozen = Frozen(self.machine.store)

    def scribe(self, book: Book, *, may_fail: bool = False) -> Scribe:
        return Scribe(
            self.machine, book, self.lab.seed, self.result, paragraphs=(6, 6),
            may_fail=lambda outcome: may_fail,
        )  # fmt: skip

    def begin(self) -> None:
        if self.start == "same":
            self.frozen.thaw()
        elif self.start == "copy":
            self.frozen.copy()
        else:
            self.frozen.remove()

    def do(self, prefix: list[str]) -> tuple[Book, Outcome]:
        self.begin()
        book = self.base.copy()
        scribe = self.scribe(book, may_fail=True)
        self.machine.prefix = prefix
        try:
            done = scribe.step(self.verb)
        finally:
            self.machine.prefix = []
        if done is None:
            raise AssertionError(f"{self.verb} had nothing to do")
        return book, done

    def run(self) -> None:
        counts = count(self.do, self.log, self.machine.store, self.sweep.name)
        for row in points(self.lab, counts):
            for point in row:
                if not self.one(point):
                    break
                if self.result.lost + self.result.damaged > 20:
                    return
        self.result.runs += self.sweep.points
        self.sweep.tell(self.result)

    def one(self, point: Point) -> bool:
        book, done = self.do(point.prefix(self.log, self.machine.store))
        if not strace.fired(point, self.log, done.code):
            return False
        when = f"{self.sweep.name}, {point.words}"
        if done.code is None:
            self.result.breaks(f"{when}: hangs")
        elif done.code < 0 and point.kind != "kill":
            self.result.breaks(f"{when}: crashes, {done.words}")
        before = sum(thing.present.value is True for thing in self.base.things)
        # Half of the time somebody looks first, and half of the time somebody writes first.
        looks = point.number % 2 == 0
        if looks:
            check(self.machine, book, self.result, when)
        after = self.scribe(book)
        after.random.seed(point.words)
        after.step("add")
        if after.refusals:
            self.result.breaks(f"{when}: the next command is refused")
        elif not looks:
            check(self.machine, book, self.result, f"{when}, and one more edit")
        there = sum(thing.present.value is True for thing in book.things) > before + 1
        self.sweep.enter(point, done, there)
        self.result.acknowledged += book.acknowledged
        return True


class Exchange:
    """The sweep of `syncd once`, which sends and fetches; the caller is the victim."""

    def __init__(self, lab: Lab, result: Result) -> None:
        self.lab, self.result = lab, result
        self.sweep = Sweep("sync")
        self.number = 0
        self.begin()

    def begin(self) -> None:
        """Two new machines; only the first has a daemon, and can be called."""
        self.number += 1
        names = (f"server{self.number}", f"caller{self.number}")
        self.server, self.caller = Machine(self.lab, names[0]), Machine(self.lab, names[1])
        self.server.start_daemon()
        self.caller.join(self.server)
        self.book = Book()
        self.scribes = [
            Scribe(one, self.book, self.lab.seed, self.result, paragraphs=(6, 6))
            for one in (self.server, self.caller)
        ]
        self.log = self.caller.home / "strace.log"

    def end(self) -> None:
        agree([self.server, self.caller], self.book, self.result, f"after {self.sweep.points}")
        self.result.acknowledged += self.book.acknowledged
        self.server.stop_daemon()

    def once(self, prefix: list[str]) -> Outcome:
        """New edits on both sides, and one exchange."""
        server, caller = self.scribes
        server.step("add")
        caller.step("annotate")
        argv = [*prefix, self.caller.program("syncd"), "once", "--log-level", "error"]
        return self.lab.run(argv, self.caller.environment, timeout=HANG)

    def run(self) -> None:
        counts = count(self.once, self.log, self.caller.store, "sync")
        for row in points(self.lab, counts):
            for point in row:
                if not self.one(point):
                    break
                if self.result.lost + self.result.damaged > 20:
                    return
            if self.sweep.points and not self.lab.short:
                self.end()
                self.begin()
        self.end()
        self.result.runs += self.sweep.points
        self.sweep.tell(self.result)

    def one(self, point: Point) -> bool:
        done = self.once(point.prefix(self.log, self.caller.store))
        if not strace.fired(point, self.log, done.code):
            return False
        when = f"sync, {point.words}"
        if done.code is None:
            self.result.breaks(f"{when}: hangs")
        elif done.code < 0 and point.kind != "kill":
            self.result.breaks(f"{when}: crashes, {done.words}")
        self.sweep.enter(point, done, False)
        check(self.caller, self.book, self.result, when)
        after = self.caller.sync(20)
        if after.code != 0:
            self.result.breaks(f"{when}: the next sync fails, {after.words}")
        elif self.fingerprint(self.caller) != self.fingerprint(self.server):
            self.result.breaks(f"{when}: after the next sync the two don't hold the same")
        return True

    @staticmethod
    def fingerprint(machine: Machine) -> str:
        return str(machine.json("status")["fingerprint"])
