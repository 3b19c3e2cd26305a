# SPDX-License-Identifier: MIT
"""Networks that lose, part, crawl, cut, flip and forget; in the end all machines agree."""

from __future__ import annotations

import os
import subprocess
import threading
import time

from .book import Book
from .check import agree
from .lab import Lab, Unable, needs, needs_root
from .machine import Machine
from .proxy import MODES, Proxy
from .report import Result
from .scribe import Scribe

ABOUT = "loss, partitions, slow lines, and a proxy that delays, cuts, resets, flips and forgets"

#: What an edit may take, whatever the network does, seconds.
PATIENCE = 5.0
#: Until everybody agrees after the network is whole again, seconds.
HEALING = 90.0


class Ends:
    """Two network namespaces with a wire between."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        mark = f"pt{os.getpid()}"
        self.names = [f"{mark}a", f"{mark}b"]
        self.addresses = ["10.99.0.1", "10.99.0.2"]
        links = [f"v{name}" for name in self.names]
        for name in self.names:
            lab.tool("ip", "netns", "add", name)
            lab.undo(self._remove, name)
        lab.tool(
            "ip", "link", "add", links[0], "netns", self.names[0], "type", "veth",
            "peer", "name", links[1], "netns", self.names[1],
        )  # fmt: skip
        for name, link, address in zip(self.names, links, self.addresses):
            lab.tool("ip", "-n", name, "address", "add", f"{address}/24", "dev", link)
            for device in ("lo", link):
                lab.tool("ip", "-n", name, "link", "set", device, "up")
        self.links = links

    @staticmethod
    def _remove(name: str) -> None:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def inside(self, side: int) -> list[str]:
        return ["ip", "netns", "exec", self.names[side]]

    def drop(self, side: int, rule: str) -> None:
        """Packets that come in at this side and fit the rule are lost."""
        lines = f"add table inet f; add chain inet f i {{ type filter hook input priority 0; }}; \
add rule inet f i iifname {self.links[side]} {rule} drop"
        self.lab.tool(*self.inside(side), "nft", lines)

    def slow(self, side: int, rate: str) -> None:
        self.lab.tool(
            *self.inside(side), "tc", "qdisc", "replace", "dev", self.links[side], "root", "tbf",
            "rate", rate, "burst", "10k", "latency", "200ms",
        )  # fmt: skip

    def heal(self) -> None:
        for side in (0, 1):
            self.lab.tool(*self.inside(side), "nft", "flush ruleset")
            argv = [*self.inside(side), "tc", "qdisc", "del", "dev", self.links[side], "root"]
            subprocess.run(argv, capture_output=True)

    def harm(self, fault: str) -> None:
        if fault == "loss":
            for side in (0, 1):
                self.drop(side, "numgen random mod 100 < 20")
        elif fault == "one way":
            self.drop(1, f"ip saddr {self.addresses[0]}")
        elif fault == "other way":
            self.drop(0, f"ip saddr {self.addresses[1]}")
        elif fault == "partition":
            for side in (0, 1):
                self.drop(side, f"ip saddr {self.addresses[1 - side]}")
        elif fault == "slow":
            for side in (0, 1):
                self.slow(side, "512kbit")


#: Under these the machines must come into step without healing; the others must heal first.
PASSABLE = ["loss", "slow", "delay", "reorder"]
WIRES = ["loss", "one way", "other way", "partition", "slow"]


def run(lab: Lab, result: Result) -> None:
    rounds = lab.count(1, 8)
    took: dict[str, float] = {}
    through_proxy(lab, result, rounds, took)
    try:
        needs_root()
        needs("ip", "nft", "tc")
    except Unable as why:
        result.note(f"skipped: loss, partitions and slow lines: {why}")
    else:
        on_wires(lab, result, rounds, took)
    words = ", ".join(f"{fault} {seconds:.1f} s" for fault, seconds in took.items())
    result.note(f"the longest until in step: {words}")


def two_scribes(lab: Lab, result: Result, machines: list[Machine]) -> tuple[Book, list[Scribe]]:
    book = Book()
    scribes = [
        Scribe(one, book, lab.random.getrandbits(32), result, paragraphs=(20, 400))
        for one in machines
    ]
    for scribe in scribes:
        scribe.write(4)
    agree(machines, book, result, "before")
    return book, scribes


def on_wires(lab: Lab, result: Result, rounds: int, took: dict[str, float]) -> None:
    ends = Ends(lab)
    machines = []
    for side, name in enumerate(("near", "far")):
        machine = Machine(lab, name, prefix=ends.inside(side))
        machine.host = ends.addresses[side]
        machine.start_daemon()
        machines.append(machine)
    machines[1].join(machines[0])
    book, scribes = two_scribes(lab, result, machines)
    for number in range(rounds):
        for fault in WIRES:
            ends.harm(fault)
            when = f"{fault}, round {number + 1}"
            work(lab, result, machines, scribes, when)
            if fault not in PASSABLE:
                ends.heal()
            seconds = agree(machines, book, result, when, HEALING)
            took[fault] = max(took.get(fault, 0), seconds)
            ends.heal()
            result.runs += 1
    result.acknowledged += book.acknowledged
    for machine in machines:
        machine.stop_daemon()


def through_proxy(lab: Lab, result: Result, rounds: int, took: dict[str, float]) -> None:
    machines, proxies = [], []
    for name in ("left", "right"):
        machine = Machine(lab, name)
        machine.choose_port()
        proxy = Proxy((machine.host, machine.port), lab.random.getrandbits(32))
        lab.undo(proxy.close)
        machine.advertise = f"127.0.0.1:{proxy.port}"
        machine.start_daemon()
        machines.append(machine)
        proxies.append(proxy)
    machines[1].join(machines[0])
    book, scribes = two_scribes(lab, result, machines)
    for number in range(rounds):
        for mode in MODES:
            for proxy in proxies:
                proxy.turn(mode)
            when = f"{mode}, round {number + 1}"
            work(lab, result, machines, scribes, when)
            if mode not in PASSABLE:
                for proxy in proxies:
                    proxy.turn("pass")
            seconds = agree(machines, book, result, when, HEALING)
            took[mode] = max(took.get(mode, 0), seconds)
            for proxy in proxies:
                proxy.turn("pass")
            result.runs += 1
    done = proxies[0].done + proxies[1].done
    result.note("the proxy: " + ", ".join(f"{mode} {done[mode]}" for mode in MODES))
    for mode in MODES:
        if not done[mode]:
            result.breaks(f"the proxy never came to {mode}: nothing was tried")
    result.acknowledged += book.acknowledged
    for machine in machines:
        machine.stop_daemon()


def work(
    lab: Lab, result: Result, machines: list[Machine], scribes: list[Scribe], when: str
) -> None:
    """Both machines write, and one syncs, while the network is as it is."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.keep_on, args=(stop, 0.1)) for one in scribes]
    for scribe in scribes:
        scribe.slowest = 0
    for thread in threads:
        thread.start()
    end = time.monotonic() + (3 if lab.short else 6)
    done = machines[lab.random.randrange(2)].sync(2)
    stop.wait(max(0, end - time.monotonic()))
    stop.set()
    for thread in threads:
        thread.join()
    if done.code is None or done.seconds > 30:
        result.breaks(f"{when}: a sync that may take 2 s took {done.seconds:.0f} s")
    for scribe in scribes:
        if scribe.slowest > PATIENCE:
            result.breaks(f"{when}: an edit waited {scribe.slowest:.1f} s")
