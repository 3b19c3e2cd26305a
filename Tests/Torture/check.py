# SPDX-License-Identifier: MIT
"""Looks at stores as their users would, and enters in the result what is wrong."""

from __future__ import annotations

import time

from .book import Book, Mark, judge
from .lab import Trouble
from .machine import Machine
from .report import Result


def check(
    machine: Machine,
    book: Book,
    result: Result,
    when: str,
    *,
    everything: bool = False,
    mark: Mark | None = None,
    observe: bool = True,
) -> bool:
    """Everything acknowledged is there, the rest whole or absent, and doctor finds nothing.

    With `everything`, also what other machines wrote must be there.
    """
    try:
        articles = machine.json("list")
        annotations = machine.json("annotations")
    except Trouble as trouble:
        result.damage(f"{when}: {trouble}")
        return False
    verdict = judge(
        book,
        articles,
        annotations,
        machine=None if everything else machine.name,
        mark=mark,
        observe=observe,
    )
    problems = machine.problems()
    for line in verdict.lost[:5]:
        result.lose(f"{when}, {machine.name}: {line}")
    result.lost += max(0, len(verdict.lost) - 5)
    for line in (verdict.damaged + problems)[:5]:
        result.damage(f"{when}, {machine.name}: {line}")
    return not (verdict.lost or verdict.damaged or problems)


def agree(
    machines: list[Machine], book: Book, result: Result, when: str, seconds: float = 60
) -> float:
    """Syncs; then every machine must hold everything, and all must hold the same.

    Returns how long it took until they were in step, seconds.
    """
    begun = time.monotonic()
    in_step = False
    caller = machines[-1]
    last = ""
    # Each round sends and fetches; a round may find the daemon still holding on to a dead line.
    while not in_step and time.monotonic() - begun < seconds:
        left = max(5.0, seconds - (time.monotonic() - begun))
        done = caller.sync(min(left, 30))
        last = done.words
        exports = {machine.canonical() for machine in machines} if done.code == 0 else set()
        in_step = len(exports) == 1
        if not in_step:
            time.sleep(0.2)
    took = time.monotonic() - begun
    if not in_step:
        result.breaks(f"{when}: not in step after {took:.0f} s; sync: {last}")
    for machine in machines:
        check(machine, book, result, when, everything=in_step)
    return took
