# SPDX-License-Identifier: MIT
"""Faults at the n-th system call, by strace's injection.

strace counts calls by name and by thread: the n-th `pwrite64` is that of whichever thread gets to
n. A sweep raises n until no thread of the program gets that far.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

#: Calls that change what is on disk, or who may change it.
CHANGING = [
    "pwrite64", "write", "fdatasync", "fsync", "ftruncate", "unlink", "rename", "renameat2",
    "mkdir", "chmod", "fchmod", "fchown", "fallocate", "openat", "flock", "fcntl", "bind",
]  # fmt: skip
#: Calls that can fail as well.
OTHER = [
    "pread64", "read", "newfstatat", "mmap", "statfs", "readlink", "lseek", "getrandom",
    "socket", "connect", "sendto", "recvfrom", "sendmsg", "recvmsg", "writev", "listen", "clone3",
]  # fmt: skip
#: Calls that can find the disk full.
FILLING = [
    "pwrite64", "write", "fdatasync", "fsync", "ftruncate", "rename", "mkdir", "fallocate",
    "openat", "mmap",
]  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One fault at one call."""

    call: str
    number: int
    #: `kill`, or an error.
    kind: str
    for_ever: bool = False

    @property
    def words(self) -> str:
        if self.kind == "kill":
            return f"kill at {self.call} {self.number}"
        often = "for ever from" if self.for_ever else "at"
        return f"{self.kind} {often} {self.call} {self.number}"

    def prefix(self, log: Path) -> list[str]:
        """What stands before the command."""
        what = "signal=KILL" if self.kind == "kill" else f"error={self.kind}"
        when = f"{self.number}{'+' if self.for_ever else ''}"
        return [
            "strace", "-f", "-qq", "-o", str(log), "-e", f"trace={self.call}", "-e", "signal=none",
            "-e", f"inject={self.call}:{what}:when={when}",
        ]  # fmt: skip


def fired(point: Point, log: Path, code: int | None) -> bool:
    """Whether the fault came about."""
    if point.kind == "kill":
        return code == -9
    return "(INJECTED)" in log.read_text(errors="replace")


def counting(log: Path) -> list[str]:
    """What stands before a command whose calls are to be counted."""
    calls = ",".join(CHANGING + OTHER)
    return ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={calls}", "-e", "signal=none"]


@dataclass(frozen=True)
class Count:
    """How often a command makes a call."""

    #: By the thread that makes it most.
    times: int
    #: How many of them come before the store is first named: the loader's, nearly all.
    early: int


def counted(log: Path, store: Path) -> dict[str, Count]:
    """The calls of a traced command."""
    by_thread: Counter[tuple[str, str]] = Counter()
    early: Counter[str] | None = None
    for line in log.read_text(errors="replace").splitlines():
        found = re.match(r"(\d+) +(\w+)\(", line)
        if found is None:
            continue
        if early is None and str(store) in line:
            early = Counter({call: times for (call, _), times in by_thread.items()})
        by_thread[found[2], found[1]] += 1
    counts: dict[str, Count] = {}
    for (call, _), times in by_thread.items():
        most = max(times, counts[call].times if call in counts else 0)
        counts[call] = Count(most, early[call] if early else 0)
    return counts
