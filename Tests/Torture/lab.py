# SPDX-License-Identifier: MIT
"""A place to break things in, which leaves nothing behind: processes, mounts, namespaces, files."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


class Trouble(Exception):
    """The harness itself can't go on."""


class Unable(Exception):
    """This machine can't do the fault; says what is missing."""


@dataclass
class Outcome:
    """How a command ended."""

    argv: list[str]
    #: Its exit code; -N when signal N ended it, None when it was given up.
    code: int | None
    out: bytes
    err: str
    seconds: float

    @property
    def words(self) -> str:
        """Its last words, for a finding."""
        last = self.err.strip().splitlines()[-1:] or [""]
        return f"exit {self.code}: {last[0][:300]}"


class Lab(AbstractContextManager["Lab"]):
    """One run's directory, children and mounts; all of it goes when the run ends."""

    def __init__(self, binaries: Path, seed: int, *, short: bool, count: int | None) -> None:
        self.binaries = binaries
        self.seed = seed
        self.short = short
        self.random = random.Random(seed)
        self._count = count
        self._undo = ExitStack()
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._guard = threading.Lock()
        self._over = False
        self.root = Path(tempfile.mkdtemp(prefix="torture-"))
        self._undo.callback(self._remove)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A second Ctrl-C must not leave mounts and processes behind.
        stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        old = [signal.signal(number, signal.SIG_IGN) for number in stops]
        try:
            self._over = True
            self.end_children()
            self._undo.close()
        finally:
            for number, handler in zip(stops, old):
                signal.signal(number, handler)

    def _remove(self) -> None:
        # What was ended a moment ago may still have been writing.
        for _ in range(20):
            shutil.rmtree(self.root, True)
            if not self.root.exists():
                return
            time.sleep(0.1)

    def count(self, short: int, long: int) -> int:
        """How often to do a fault: as `--count` says, else by the form."""
        if self._count is not None:
            return self._count
        return short if self.short else long

    def undo(self, call: Callable[..., object], *arguments: object) -> None:
        """Calls this at the end, the last first."""
        self._undo.callback(call, *arguments)

    def directory(self, name: str) -> Path:
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    # Processes

    def start(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> subprocess.Popen[bytes]:
        """Starts a child in a session of its own, so that its own children end with it."""
        if self._over:
            # A thread that was still at work when the run was interrupted; it ends quietly.
            raise SystemExit
        child = subprocess.Popen(
            list(argv),
            env=dict(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        with self._guard:
            self._children[child.pid] = child
        return child

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Ends a child and what it started, at once, as a power cut would."""
        if child.poll() is None:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        child.wait()
        self.forget(child)

    def forget(self, child: subprocess.Popen[bytes]) -> None:
        with self._guard:
            self._children.pop(child.pid, None)

    def end_children(self) -> None:
        with self._guard:
            children = list(self._children.values())
        for child in children:
            self.end(child)

    def run(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        input: bytes = b"",
        timeout: float = 90,
        kill_after: float | None = None,
        started: Callable[[subprocess.Popen[bytes]], None] | None = None,
    ) -> Outcome:
        """Runs a command to its end; with `kill_after` SIGKILL comes after so many seconds."""
        begun = time.monotonic()
        child = self.start(argv, environment, stdin=subprocess.PIPE)
        if started:
            started(child)
        timer = threading.Timer(kill_after, child.kill) if kill_after is not None else None
        if timer:
            timer.start()
        code: int | None
        try:
            out, err = child.communicate(input, timeout=timeout)
            code = child.returncode
        except subprocess.TimeoutExpired:
            self.end(child)
            out, err = child.communicate()
            code = None
        finally:
            if timer:
                timer.cancel()
                timer.join()
            self.forget(child)
        seconds = time.monotonic() - begun
        return Outcome(list(argv), code, out, err.decode(errors="replace"), seconds)

    # What needs root

    def tool(self, *argv: str, timeout: float = 120) -> str:
        """Runs a program of the system that must succeed."""
        done = subprocess.run(argv, capture_output=True, timeout=timeout)
        if done.returncode != 0:
            error = done.stderr.decode(errors="replace").strip()
            raise Trouble(f"{' '.join(argv)}: {error}")
        return done.stdout.decode()

    def mount(self, *argv: str, at: Path) -> Path:
        """Mounts, and unmounts at the end."""
        at.mkdir(parents=True, exist_ok=True)
        self.tool("mount", *argv, str(at))
        self.undo(unmount, at)
        return at


def unmount(at: Path) -> None:
    """Unmounts if it is mounted; loop devices of `mount -o loop` go along."""
    for _ in range(50):
        if not os.path.ismount(at):
            return
        if subprocess.run(["umount", str(at)], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "-l", str(at)], capture_output=True)


def needs_root() -> None:
    if os.geteuid() != 0:
        raise Unable("needs root")


def needs(*tools: str) -> None:
    """Raises when a program isn't there."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for tool in tools:
        if shutil.which(tool, path=path) is None:
            raise Unable(f"{tool} is not installed")
