# SPDX-License-Identifier: MIT
"""Faults at the n-th system call, by strace's injection.

Only calls on the store's files count, and calls on sockets: the hundreds with which a program is
loaded come before anything happens. strace counts by name and by thread: the n-th `pwrite64` is
that of whichever thread gets to n. A sweep raises n until no thread gets that far.
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
#: Calls that can fail as well. Those that get memory and threads are another matter: a program
#: that gets none can't go on, and the loader doesn't. So is sending: libcurl wakes its own thread
#: through a socket, which does not fail; what a network does is another fault of these.
OTHER = [
    "pread64", "read", "newfstatat", "statfs", "readlink", "lseek", "socket", "connect", "recvfrom",
]  # fmt: skip
#: Calls that can find the disk full.
FILLING = [
    "pwrite64", "write", "fdatasync", "fsync", "ftruncate", "rename", "mkdir", "fallocate",
    "openat",
]  # fmt: skip


#: Calls on sockets, which have no path.
NETWORK = {"socket", "connect", "recvfrom", "bind"}
#: What a store's directory may hold.
FILES = [
    "", "/postil.db", "/postil.db-wal", "/postil.db-shm", "/postil.db-journal", "/lock",
    "/identity", "/identity.new", "/device.pem", "/device.pem.new", "/syncd.lock",
]  # fmt: skip


def tracing(log: Path, calls: str, store: Path | None) -> list[str]:
    """What stands before a command whose calls are watched; with `store`, those on its files."""
    argv = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={calls}", "-e", "signal=none"]
    for name in FILES if store else []:
        argv += ["-P", f"{store}{name}"]
    return argv


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

    def prefix(self, log: Path, store: Path) -> list[str]:
        """What stands before the command."""
        what = "signal=KILL" if self.kind == "kill" else f"error={self.kind}"
        when = f"{self.number}{'+' if self.for_ever else ''}"
        watched = None if self.call in NETWORK else store
        return [
            *tracing(log, self.call, watched), "-e", f"inject={self.call}:{what}:when={when}",
        ]  # fmt: skip


def fired(point: Point, log: Path, code: int | None) -> bool:
    """Whether the fault came about."""
    if point.kind == "kill":
        return code == -9
    return "(INJECTED)" in log.read_text(errors="replace")


def counted(log: Path) -> dict[str, int]:
    """How often a traced command made each call, by the thread that made it most."""
    by_thread: Counter[tuple[str, str]] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        if found := re.match(r"(\d+) +(\w+)\(", line):
            by_thread[found[2], found[1]] += 1
    most: dict[str, int] = {}
    for (call, _), times in by_thread.items():
        most[call] = max(most.get(call, 0), times)
    return most
