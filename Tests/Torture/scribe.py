# SPDX-License-Identifier: MIT
"""Somebody who writes: random edits by the command line, each entered in the book."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import threading
from collections.abc import Callable

from .book import Attempt, Book, Slot, Thing
from .lab import Outcome
from .machine import Machine
from .report import Result

WEIGHTS = {
    "add": 15,
    "annotate": 30,
    "note": 20,
    "tag": 15,
    "untag": 6,
    "undo": 8,
    "delete": 4,
    "restore": 2,
}
COLORS = ["yellow", "green", "blue", "red", "purple", "orange"]


class Scribe:
    """Edits one machine's store; articles anywhere, annotations of its own."""

    def __init__(
        self,
        machine: Machine,
        book: Book,
        seed: int,
        result: Result,
        *,
        paragraphs: tuple[int, int] = (2, 40),
        may_fail: Callable[[Outcome], bool] = lambda outcome: False,
    ) -> None:
        self.machine = machine
        self.book = book
        self.random = random.Random(seed)
        self.result = result
        self.paragraphs = paragraphs
        #: Whether a refusal is no finding, as on a full disk.
        self.may_fail = may_fail
        self.last: Outcome | None = None
        self.slowest = 0.0
        self.refusals = 0
        self._mine: list[Thing] = []
        self._usual: dict[str, float] = {}
        self._fuse: float | None = None
        self._started: Callable[[subprocess.Popen[bytes]], None] | None = None

    def step(
        self,
        verb: str | None = None,
        *,
        fuse: float | None = None,
        started: Callable[[subprocess.Popen[bytes]], None] | None = None,
    ) -> Outcome | None:
        """One edit. With `fuse`, it is killed after this share of the time that it usually takes.
        None when there is nothing yet to do it to."""
        self._fuse, self._started, self.last = fuse, started, None
        if verb is None:
            verb = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        {
            "add": self._add,
            "annotate": self._annotate,
            "note": self._note,
            "tag": self._tag,
            "untag": self._untag,
            "undo": self._undo,
            "delete": self._delete,
            "restore": self._restore,
        }[verb]()
        return self.last

    def keep_on(self, stop: threading.Event, pause: float = 0) -> None:
        """Edits until told to stop."""
        while not stop.is_set():
            self.step()
            if pause:
                stop.wait(self.random.uniform(0, 2 * pause))

    def write(self, count: int) -> None:
        for _ in range(count):
            self.step()

    # Edits

    def _add(self) -> None:
        token = self.book.token(self.machine.name)
        count = self.random.randint(*self.paragraphs)
        text = "\n\n".join(
            f"Part {n} of {token} says word{n}{token} and more." for n in range(count)
        )
        fixed = {
            "title": f"Title {token}",
            "revision": hashlib.sha256(text.encode()).hexdigest(),
        }
        thing = Thing("article", self.machine.name, token, fixed)
        attempt = self.book.add(thing)
        done = self._do(attempt, "add", "-", "--title", fixed["title"], "--tag", token, input=text)
        if done.code == 0:
            thing.id = json.loads(done.out)["id"]

    def _annotate(self) -> None:
        article = self._pick(self.book.usable("article", self.machine.name))
        if article is None:
            return self._add()
        token = self.book.token(self.machine.name)
        quote = f"word{self.random.randrange(self.paragraphs[0])}{article.token}"
        note, color = f"Note {token}", self.random.choice(COLORS)
        fixed = {"article": article.id, "quote": quote, "color": color}
        thing = Thing("annotation", self.machine.name, token, fixed)
        thing.note = Slot(self.machine.name, note)
        attempt = self.book.add(thing)
        done = self._do(
            attempt, "annotate", str(article.id), "--quote", quote, "--note", note,
            "--tag", token, "--color", color,
        )  # fmt: skip
        if done.code == 0:
            thing.id = json.loads(done.out)["id"]
            self._mine.append(thing)

    def _note(self) -> None:
        thing = self._pick(self._own())
        if thing is None or thing.note is None:
            return self._annotate()
        words = f"Note {thing.token} " + " ".join(
            str(self.random.randrange(1000)) for _ in range(self.random.randint(1, 30))
        )
        self._do(thing.note.begin(words), "note", str(thing.id), words)

    def _tag(self) -> None:
        things = self._own() + self.book.usable("article", self.machine.name)
        thing = self._pick(things)
        if thing is None:
            return self._add()
        name = "t/" + self.book.token(self.machine.name)
        slot = thing.tags[name] = Slot(self.machine.name, False)
        self._do(slot.begin(True), "tag", "add", str(thing.id), name)

    def _untag(self) -> None:
        worn = [
            (thing, name)
            for thing in self._own()
            for name, slot in thing.tags.items()
            if slot.certain and slot.value
        ]
        if not worn:
            return self._tag()
        thing, name = self.random.choice(worn)
        self._do(thing.tags[name].begin(False), "tag", "remove", str(thing.id), name)

    def _undo(self) -> None:
        """Writes a note, and takes it back by the change's name."""
        thing = self._pick([one for one in self._own() if one.note and one.note.certain])
        if thing is None or thing.note is None:
            return self._annotate()
        before = thing.note.value
        fuse, self._fuse = self._fuse, None
        words = f"Note {thing.token} to be undone"
        if before == words or self._do(thing.note.begin(words), "note", str(thing.id), words).code:
            return
        log = self.machine.run("log", str(thing.id), "--limit", "1", "--json")
        if log.code != 0:
            return self._refused(log)
        change = json.loads(log.out)[0]["change"]
        self._fuse = fuse
        self._do(thing.note.begin(before), "undo", change)

    def _delete(self) -> None:
        if thing := self._pick(self._own()):
            self._do(thing.present.begin(False), "delete", str(thing.id))

    def _restore(self) -> None:
        gone = [one for one in self._mine if one.present.certain and one.present.value is False]
        if thing := self._pick(gone):
            self._do(thing.present.begin(True), "restore", str(thing.id))

    # Doing it

    def _own(self) -> list[Thing]:
        return (
            self.book.usable("annotation", self.machine.name)
            if self.alone
            else [one for one in self._mine if one.usable]
        )

    #: Whether nobody else writes on this machine; then what a killed command left is edited too.
    alone = True

    def _pick(self, things: list[Thing]) -> Thing | None:
        return self.random.choice(things) if things else None

    def _do(self, attempt: Attempt, *arguments: str, input: str = "") -> Outcome:
        verb = arguments[0]
        after = None if self._fuse is None else self._fuse * self._usual.get(verb, 0.1)
        done = self.machine.run(
            *arguments, "--json", input=input, kill_after=after, started=self._started
        )
        self.last = done
        if done.code == 0:
            self.book.acknowledge(attempt)
            self.slowest = max(self.slowest, done.seconds)
            usual = self._usual.get(verb, done.seconds)
            self._usual[verb] = 0.8 * usual + 0.2 * done.seconds
        elif done.code != -signal.SIGKILL:
            self._refused(done)
        return done

    def _refused(self, done: Outcome) -> None:
        self.refusals += 1
        if not self.may_fail(done):
            verb = done.argv[len(self.machine.prefix) + 1]
            self.result.breaks(f"{self.machine.name}: an edit ({verb}) was refused, {done.words}")
