# SPDX-License-Identifier: MIT
"""One machine's clock is wrong by years, or jumps: nothing depends on it."""

from __future__ import annotations

import glob
import random
import threading
from pathlib import Path

from .book import Book, Thing
from .check import agree
from .lab import Lab, Unable
from .machine import Machine
from .report import Result
from .scribe import Scribe

ABOUT = "one machine's clock ten years ahead, ten years behind, or jumping"

CLOCKS = ["+10y", "-10y", "jumping"]


def run(lab: Lab, result: Result) -> None:
    libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    libraries += glob.glob("/usr/lib*/faketime/libfaketime.so.1")
    if not libraries:
        raise Unable("faketime is not installed")
    rounds = lab.count(1, 10)
    there = shared()
    try:
        for clock in CLOCKS:
            for number in range(rounds):
                Round(lab, result, libraries[0], clock, number).run()
                result.runs += 1
    finally:
        # The library leaves a small file for each program that it was loaded into.
        for path in shared() - there:
            number = path.name.rpartition("_")[2]
            if number.isdigit() and not Path("/proc", number).exists():
                path.unlink(missing_ok=True)


def shared() -> set[Path]:
    """The library's files in shared memory."""
    return set(Path("/dev/shm").glob("*faketime_*"))


class Round:
    """Two machines, of which the second has an odd clock."""

    def __init__(self, lab: Lab, result: Result, library: str, clock: str, number: int) -> None:
        self.lab, self.result, self.clock = lab, result, clock
        name = clock.strip("+-") + ("ahead" if clock[0] == "+" else "") + str(number)
        self.when = f"clock {clock}, round {number + 1}"
        self.desk = Machine(lab, f"desk{name}")
        self.odd = Machine(lab, f"odd{name}")
        self.stop = threading.Event()
        # The library changes the environment when it is first loaded, and Swift looks for a
        # program's arguments from where the environment was: so it is first loaded by `env`.
        self.odd.prefix = ["env"]
        # Without these, timers would jump too: those are not what a wrong clock does.
        self.odd.extra = {
            "LD_PRELOAD": library, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        if clock == "jumping":
            self.file = self.odd.home / "clock"
            self.file.write_text("+0d\n")
            self.odd.extra |= {"FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1"}
        else:
            self.odd.extra["FAKETIME"] = clock
        self.book = Book()
        self.scribes = [
            Scribe(one, self.book, lab.random.getrandbits(32), result)
            for one in (self.desk, self.odd)
        ]

    def jump(self, file: Path, jumps: random.Random) -> None:
        while not self.stop.wait(jumps.uniform(0.01, 0.2)):
            aside = file.with_suffix(".new")
            aside.write_text(f"{jumps.randint(-3650, 3650):+d}d\n")
            aside.rename(file)

    def run(self) -> None:
        machines = [self.desk, self.odd]
        for machine in machines:
            machine.start_daemon()
        # Invitations end after ten minutes; a clock that jumps by years would end one at once.
        self.odd.join(self.desk)
        jumper = None
        if self.clock == "jumping":
            seed = self.lab.random.getrandbits(32)
            jumper = threading.Thread(target=self.jump, args=(self.file, random.Random(seed)))
            jumper.start()
        try:
            self.at_once()
            for first, second in (machines, machines[::-1]):
                self.who_has_seen_wins(first, second)
            self.apart()
        finally:
            self.stop.set()
            if jumper:
                jumper.join()
        self.result.acknowledged += self.book.acknowledged
        for machine in machines:
            machine.stop_daemon()

    def at_once(self) -> None:
        threads = [threading.Thread(target=one.write, args=(15,)) for one in self.scribes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        agree([self.desk, self.odd], self.book, self.result, self.when)

    def article(self) -> str:
        token = self.book.token("title")
        thing = Thing("article", self.desk.name, token, {})
        attempt = self.book.add(thing)
        text = " ".join(f"word{number}{token}" for number in range(10))
        made = self.desk.json("add", "-", "--title", "First", "--tag", token, input=text)
        thing.id = made["id"]
        self.book.acknowledge(attempt)
        self.met()
        return str(made["id"])

    def met(self) -> None:
        agree([self.desk, self.odd], self.book, self.result, self.when)

    def title(self, machine: Machine, article: str) -> str:
        return str(machine.json("show", article)["title"])

    def retitle(self, machine: Machine, article: str, title: str) -> None:
        machine.json("edit", article, "--title", title)
        self.book.acknowledged += 1

    def who_has_seen_wins(self, first: Machine, second: Machine) -> None:
        """What one writes is replaced by the other, who has seen it; never the other way round."""
        article = self.article()
        self.retitle(first, article, "Seen")
        self.met()
        self.retitle(second, article, "Replaced")
        self.met()
        for machine in (first, second):
            title = self.title(machine, article)
            if title != "Replaced":
                self.result.lose(f"{self.when}: {second.name} replaced a title, shown is {title}")
            if machine.run("conflicts", article).code != 1:
                self.result.breaks(f"{self.when}: a conflict where one had seen the other")

    def apart(self) -> None:
        """Written apart, both titles are kept, and both machines show the same one."""
        article = self.article()
        for machine in (self.desk, self.odd):
            machine.stop_daemon()
        for machine in (self.desk, self.odd):
            self.retitle(machine, article, f"Of {machine.name}")
        for scribe in self.scribes:
            scribe.write(6)
        for machine in (self.desk, self.odd):
            machine.start_daemon()
        self.met()
        wanted = {f"Of {machine.name}" for machine in (self.desk, self.odd)}
        shown = set()
        for machine in (self.desk, self.odd):
            shown.add(self.title(machine, article))
            fields = machine.json("conflicts", article)
            kept = {value["value"] for field in fields for value in field["values"]}
            if kept != wanted:
                self.result.lose(f"{self.when}: {machine.name} keeps {kept} of {wanted}")
        if len(shown) != 1:
            self.result.breaks(f"{self.when}: the machines show {shown}")
