# SPDX-License-Identifier: MIT
"""The oracle: what was asked for, what was acknowledged, and so what a store may hold."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
#: Where each slot stood: the index of its last acknowledged attempt.
Mark = dict[int, int]


@dataclass
class Attempt:
    """One value that somebody tried to write."""

    value: Any
    acknowledged: bool = False


class Slot:
    """One thing that can be changed, and every value that it may have taken, in order.

    A command that exits 0 has acknowledged its value. One that was killed or refused may have
    written it or not: both values are allowed until somebody looks, or a later one is
    acknowledged.
    """

    def __init__(self, machine: str, initial: Any) -> None:
        self.machine = machine
        self.attempts = [Attempt(initial, True)]

    def begin(self, value: Any) -> Attempt:
        attempt = Attempt(value)
        self.attempts.append(attempt)
        return attempt

    @property
    def settled(self) -> int:
        """The index of the last acknowledged attempt."""
        return max(i for i, one in enumerate(self.attempts) if one.acknowledged)

    def allowed(self, since: int) -> list[Any]:
        return [one.value for one in self.attempts[since:]]

    @property
    def certain(self) -> bool:
        return self.settled == len(self.attempts) - 1

    @property
    def value(self) -> Any:
        return self.attempts[self.settled].value

    def observe(self, value: Any) -> None:
        """Somebody read it: from now on it must stay."""
        if not self.certain:
            self.attempts.append(Attempt(value, True))


@dataclass
class Thing:
    """An article or an annotation."""

    kind: str
    machine: str
    #: A tag that it was made with and that nothing else carries.
    token: str
    #: Fields of its row that never change.
    fixed: Row
    id: str | None = None
    present: Slot = field(init=False)
    note: Slot | None = None
    tags: dict[str, Slot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.present = Slot(self.machine, False)

    @property
    def slots(self) -> list[Slot]:
        return [self.present, *([self.note] if self.note else []), *self.tags.values()]

    @property
    def usable(self) -> bool:
        return self.id is not None and self.present.certain and self.present.value is True


class Book:
    """Everything that was asked for in one run."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.things: list[Thing] = []
        self.serial = 0
        self.acknowledged = 0

    def copy(self) -> Book:
        """The same, to go on from in another way."""
        other = Book()
        with self.lock:
            other.things = copy.deepcopy(self.things)
            other.serial = self.serial
        return other

    def token(self, machine: str) -> str:
        with self.lock:
            self.serial += 1
            return f"{machine}{self.serial:05d}"

    def add(self, thing: Thing) -> Attempt:
        with self.lock:
            self.things.append(thing)
            return thing.present.begin(True)

    def acknowledge(self, attempt: Attempt) -> None:
        with self.lock:
            attempt.acknowledged = True
            self.acknowledged += 1

    def usable(self, kind: str, machine: str | None = None) -> list[Thing]:
        with self.lock:
            return [
                one
                for one in self.things
                if one.kind == kind and one.usable and machine in (None, one.machine)
            ]

    def mark(self) -> Mark:
        """How far everything was acknowledged now; taken *before* a cut."""
        with self.lock:
            return {id(slot): slot.settled for one in self.things for slot in one.slots}


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def judge(
    book: Book,
    articles: list[Row],
    annotations: list[Row],
    *,
    machine: str | None = None,
    mark: Mark | None = None,
    observe: bool = True,
) -> Verdict:
    """Compares a store's rows with the book.

    With `machine`, only what was written there must be there; what comes from elsewhere may be
    on its way, but whole. Without, everything. With `mark`, only what was acknowledged by then.
    """
    verdict = Verdict()
    rows = {row["id"]: row for row in articles + annotations}
    tokens = {tag: row for row in rows.values() for tag in row.get("tags", [])}
    known: set[str] = set()

    def allowed(slot: Slot) -> list[Any]:
        if machine is not None and slot.machine != machine:
            return slot.allowed(0)
        since = slot.settled if mark is None else mark.get(id(slot), 0)
        return slot.allowed(since)

    def settle(slot: Slot, value: Any) -> None:
        if observe and (machine is None or slot.machine == machine):
            slot.observe(value)

    with book.lock:
        for thing in book.things:
            row = rows.get(thing.id) if thing.id else tokens.get(thing.token)
            if row is None:
                if False not in allowed(thing.present):
                    verdict.lost.append(f"{thing.kind} {thing.token} ({thing.id})")
                else:
                    settle(thing.present, False)
                continue
            known.add(row["id"])
            if True not in allowed(thing.present):
                verdict.damaged.append(f"{thing.kind} {thing.token} is there, though it went")
                continue
            settle(thing.present, True)
            thing.id = thing.id or row["id"]
            _compare(thing, row, allowed, settle, verdict)
    for stray in rows.keys() - known:
        verdict.damaged.append(f"{stray} is there, and nobody made it so: {rows[stray]}")
    return verdict


def _compare(thing: Thing, row: Row, allowed: Any, settle: Any, verdict: Verdict) -> None:
    """Whether a row is whole, and holds what was acknowledged."""
    for name, value in thing.fixed.items():
        if row.get(name) != value:
            verdict.damaged.append(
                f"{thing.kind} {thing.token} is not whole: {name} is {row.get(name)!r}"
            )
    if thing.note:
        note = row.get("note", "")
        if note in allowed(thing.note):
            settle(thing.note, note)
        else:
            verdict.lost.append(f"note of {thing.token}: {note!r}, allowed {allowed(thing.note)!r}")
    tags = set(row.get("tags", []))
    if thing.token not in tags:
        verdict.damaged.append(f"{thing.kind} {thing.token} is not whole: its tag is missing")
    for stray in tags - thing.tags.keys() - {thing.token}:
        verdict.damaged.append(f"{thing.kind} {thing.token} has the tag {stray} of nobody")
    for name, slot in thing.tags.items():
        if (name in tags) in allowed(slot):
            settle(slot, name in tags)
        else:
            verdict.lost.append(f"tag {name} of {thing.token}: {name in tags}")
