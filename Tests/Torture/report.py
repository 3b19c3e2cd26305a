# SPDX-License-Identifier: MIT
"""What a fault's runs came to, and how it is told."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from dataclasses import asdict, dataclass, field

#: How many findings that differ only in numbers are shown.
ALIKE_MAX = 3

_printing = threading.Lock()


def say(line: str) -> None:
    """One line of what happens, on standard error."""
    with _printing:
        print(line, file=sys.stderr, flush=True)


@dataclass
class Result:
    """One row of the table."""

    fault: str
    #: How often the fault was done.
    runs: int = 0
    #: Edits that a command had acknowledged (exit code 0) and that were looked for afterwards.
    acknowledged: int = 0
    #: Acknowledged, and not there.
    lost: int = 0
    #: Half there, back from the dead, or what doctor and SQLite find wrong.
    damaged: int = 0
    #: Other broken promises: a wedge, a wrong exit code, machines that don't agree.
    broken: int = 0
    skipped: str = ""
    #: Findings are kept and not told.
    quiet: bool = field(default=False, repr=False)
    seconds: float = 0.0
    #: One line each.
    findings: list[str] = field(default_factory=list)
    #: Figures and remarks that are no findings.
    notes: list[str] = field(default_factory=list)
    _alike: dict[str, int] = field(default_factory=dict, repr=False)
    began: float = field(default_factory=time.monotonic, repr=False)

    def lose(self, what: str) -> None:
        self.lost += 1
        self._find("LOST", what)

    def damage(self, what: str) -> None:
        self.damaged += 1
        self._find("DAMAGED", what)

    def breaks(self, what: str) -> None:
        self.broken += 1
        self._find("BROKEN", what)

    def note(self, what: str) -> None:
        self.notes.append(what)
        say(f"{self.fault}: {what}")

    def skip(self, why: str) -> None:
        self.skipped = why
        say(f"{self.fault}: skipped: {why}")

    def done(self) -> None:
        for alike, times in self._alike.items():
            if times > ALIKE_MAX:
                self.note(f"{times - ALIKE_MAX} more like {alike}")
        self.seconds = round(time.monotonic() - self.began, 1)

    @property
    def failed(self) -> bool:
        return self.lost + self.damaged + self.broken > 0

    @property
    def word(self) -> str:
        if self.skipped:
            return f"skipped: {self.skipped}"
        if self.lost:
            return "LOST"
        if self.damaged:
            return "DAMAGED"
        return "BROKEN" if self.broken else "ok"

    def _find(self, kind: str, what: str) -> None:
        line = f"{kind} {what}"
        # What differs only in numbers, names and what stands in parentheses is the same finding.
        alike = re.sub(r"/[\w./-]+|\([^)]*\)|[0-9a-f]{8}[0-9a-f-]*|\d+", "#", line)
        self._alike[alike] = self._alike.get(alike, 0) + 1
        if self._alike[alike] <= ALIKE_MAX:
            self.findings.append(line)
            if not self.quiet:
                say(f"{self.fault}: {line}")


def table(results: list[Result]) -> str:
    """The results in columns."""
    rows = [["fault", "runs", "acknowledged", "lost", "damaged", "seconds", "result"]]
    for one in results:
        numbers = [one.runs, one.acknowledged, one.lost, one.damaged, one.seconds]
        rows.append([one.fault, *map(str, numbers), one.word])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if column in (0, len(row) - 1) else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_json(results: list[Result], seed: int) -> str:
    """The results for programs."""
    rows = []
    for one in results:
        row = asdict(one)
        del row["began"], row["_alike"], row["quiet"]
        row["result"] = one.word
        rows.append(row)
    return json.dumps({"seed": seed, "faults": rows}, indent=2, ensure_ascii=False)
