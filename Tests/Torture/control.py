# SPDX-License-Identifier: MIT
"""Stores that were tampered with on purpose: the oracle must notice, or it shows nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from .book import Book
from .check import check
from .frozen import Frozen
from .lab import Lab
from .machine import Machine
from .report import Result
from .scribe import Scribe

ABOUT = "stores that were tampered with on purpose, to see that the oracle can see"


class Control:
    """A store with some edits, an older state of it, and ways to spoil it."""

    def __init__(self, lab: Lab, result: Result) -> None:
        self.result = result
        self.machine = Machine(lab, "desk")
        self.book = Book()
        self.scribe = Scribe(self.machine, self.book, lab.random.getrandbits(32), result)
        for verb in ("add", "annotate", "annotate", "tag"):
            self.scribe.step(verb)
        self.older = Frozen(self.machine.store)
        self.scribe.step("note")
        self.newer = Frozen(self.machine.store)

    def try_one(self, what: str, kind: str, spoil: Callable[[], object]) -> None:
        """Spoils the store; the check must call it `lost` or `damaged`."""
        self.newer.thaw()
        spoil()
        seen = Result("control", quiet=True)
        check(self.machine, self.book, seen, what, observe=False)
        self.result.runs += 1
        if not getattr(seen, kind):
            self.result.breaks(f"{what} was not seen to be {kind}: {seen.findings}")

    def run(self) -> None:
        sound = Result("control", quiet=True)
        check(self.machine, self.book, sound, "untouched", observe=False)
        if sound.failed:
            self.result.breaks(f"a store that nobody touched is found wrong: {sound.findings}")
        machine = self.machine
        note = next(one for one in self.book.things if one.note)
        self.try_one("a lost note", "lost", self.older.thaw)
        self.try_one("a lost annotation", "lost", lambda: machine.run("delete", str(note.id)))
        tag = next(name for one in self.book.things for name in one.tags)
        tagged = next(one for one in self.book.things if tag in one.tags)
        self.try_one(
            "a lost tag", "lost", lambda: machine.run("tag", "remove", str(tagged.id), tag)
        )
        self.try_one(
            "half an annotation", "damaged",
            lambda: machine.run("tag", "remove", str(note.id), note.token),
        )  # fmt: skip
        self.try_one(
            "an article of nobody", "damaged", lambda: machine.run("add", "-", input="Nobody's.")
        )
        self.try_one("a missing change", "damaged", self.forget_change)
        self.try_one("a page of zeros", "damaged", self.zero_page)
        self.scribe.step("delete")
        self.try_one("something that came back", "damaged", self.newer.thaw)
        self.result.acknowledged = self.book.acknowledged

    def forget_change(self) -> None:
        with closing(sqlite3.connect(self.machine.store / "postil.db")) as database:
            database.execute("DELETE FROM change WHERE rowid = (SELECT max(rowid) FROM change)")
            database.commit()

    def zero_page(self) -> None:
        path = self.machine.store / "postil.db"
        with open(path, "r+b") as file:
            file.seek(path.stat().st_size // 4096 // 2 * 4096)
            file.write(bytes(4096))


def run(lab: Lab, result: Result) -> None:
    Control(lab, result).run()
