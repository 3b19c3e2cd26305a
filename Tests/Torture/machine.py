# SPDX-License-Identifier: MIT
"""One machine of a run: a store, the command line, and perhaps a daemon."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .lab import Lab, Outcome, Trouble


class Machine:
    """A name, a store, and its programs."""

    def __init__(
        self, lab: Lab, name: str, home: Path | None = None, *, prefix: Sequence[str] = ()
    ) -> None:
        self.lab = lab
        self.name = name
        self.home = home or lab.directory(name)
        self.store = self.home / "store"
        #: Words before every command: `ip netns exec …`, say.
        self.prefix = list(prefix)
        #: More variables, for commands and the daemon.
        self.extra: dict[str, str] = {}
        self.daemon: subprocess.Popen[bytes] | None = None
        self.host = "127.0.0.1"
        self.port = 0
        #: What the daemon tells others its address is, when that isn't where it listens.
        self.advertise: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        variables = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.home),
            "POSTIL_STORE": str(self.store),
            "POSTIL_NAME": self.name,
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            # A crash ends at once, instead of being explained for minutes.
            "SWIFT_BACKTRACE": "enable=no",
        }
        for key in ("LD_LIBRARY_PATH", "TMPDIR"):
            if key in os.environ:
                variables[key] = os.environ[key]
        return variables | self.extra

    def program(self, name: str) -> str:
        return str(self.lab.binaries / name)

    # Commands

    def run(
        self,
        *arguments: str,
        input: str = "",
        timeout: float = 90,
        kill_after: float | None = None,
        started: Callable[[subprocess.Popen[bytes]], None] | None = None,
    ) -> Outcome:
        """Runs `clientctl`."""
        return self.lab.run(
            [*self.prefix, self.program("clientctl"), *arguments],
            self.environment,
            input=input.encode(),
            timeout=timeout,
            kill_after=kill_after,
            started=started,
        )

    def json(self, *arguments: str, input: str = "", timeout: float = 90) -> Any:
        """Runs a command that must succeed, and reads what it prints."""
        done = self.run(*arguments, "--json", input=input, timeout=timeout)
        if done.code != 0:
            raise Trouble(f"{self.name}: clientctl {' '.join(arguments)[:80]}: {done.words}")
        return json.loads(done.out)

    def canonical(self) -> bytes:
        """The whole library in one order and form."""
        done = self.run("export", "canonical")
        if done.code != 0:
            raise Trouble(f"{self.name}: export canonical: {done.words}")
        return done.out

    def problems(self) -> list[str]:
        """What doctor finds wrong."""
        done = self.run("doctor", "--json", timeout=180)
        try:
            found = json.loads(done.out)
        except ValueError:
            return [f"doctor: {done.words}"]
        if done.code != 0 and not found["problems"]:
            return [f"doctor: {done.words}"]
        return list(found["problems"])

    # The daemon

    def choose_port(self) -> None:
        """A port that restarts keep, from the range that the system doesn't hand out."""
        for _ in range(100):
            tried = random.randrange(20_000, 32_000)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", tried))
                except OSError:
                    continue
            self.port = tried
            return
        raise Trouble("no port is free")

    @property
    def log(self) -> Path:
        return self.home / "syncd.log"

    def start_daemon(self, seconds: float = 20) -> None:
        """Starts it, on the port it had before, and waits until it answers."""
        if self.port == 0:
            self.choose_port()
        argv = [*self.prefix, self.program("syncd"), "--listen", f"{self.host}:{self.port}"]
        if self.advertise:
            argv += ["--advertise", self.advertise]
        with open(self.log, "ab") as log:
            self.daemon = self.lab.start(
                argv, self.environment, stdout=log.fileno(), stderr=log.fileno()
            )
        if not self.wait_until_serving(seconds):
            raise Trouble(f"the daemon of {self.name} does not serve: {self.log_end()}")

    def wait_until_serving(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.daemon and self.daemon.poll() is None:
            if self.ask('{"command":"addresses"}'):
                return True
            time.sleep(0.02)
        return False

    def ask(self, line: str) -> bytes:
        """The first bytes that the control socket answers; none when nobody does."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(5)
            try:
                control.connect(str(self.store / "syncd.sock"))
                control.sendall(line.encode() + b"\n")
                return control.recv(65536)
            except OSError:
                return b""

    def log_end(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return " | ".join(lines[-2:])

    def stop_daemon(self, seconds: float = 15) -> None:
        """Stops it as a service manager would."""
        daemon, self.daemon = self.daemon, None
        if daemon is None:
            return
        # With `ip netns exec` in front the program has replaced it: the pid is the daemon's.
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            self.lab.end(daemon)
            raise Trouble(f"the daemon of {self.name} did not stop in {seconds} s") from None
        self.lab.forget(daemon)

    def kill_daemon(self) -> bool:
        """Ends it as a power cut would; whether it was running."""
        daemon, self.daemon = self.daemon, None
        if daemon is None:
            return False
        running = daemon.poll() is None
        self.lab.end(daemon)
        return running

    # Machines together

    def join(self, other: Machine) -> None:
        """Pairs with a machine whose daemon runs."""
        link = other.json("peer", "invite")["invite"]
        self.json("peer", "join", link)

    def sync(self, seconds: float = 60) -> Outcome:
        """Sends and fetches until all that it holds is with its peers."""
        return self.run(
            "sync", "--wait", "--timeout", str(int(seconds)), "--json", timeout=seconds + 30
        )


def pair(lab: Lab, names: tuple[str, str], *, keep_daemons: bool = True) -> tuple[Machine, Machine]:
    """Two machines that know each other's address, the second with the first's library."""
    first, second = (Machine(lab, name) for name in names)
    for machine in (first, second):
        machine.start_daemon()
    second.join(first)
    if not keep_daemons:
        for machine in (first, second):
            machine.stop_daemon()
    return first, second
