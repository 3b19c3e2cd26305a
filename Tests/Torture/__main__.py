# SPDX-License-Identifier: MIT
"""The command line; see `scripts/torture`."""

from __future__ import annotations

import argparse
import importlib
import random
import signal
import sys
import traceback
from pathlib import Path

from .lab import Lab, Trouble, Unable
from .report import Result, as_json, say, table

#: In the order in which they run.
FAULTS = [
    "control", "kill", "syscalls", "power", "crowd", "clocks", "network", "pause", "disk",
]  # fmt: skip


def main() -> int:
    options = parse()
    if options.list:
        for fault in FAULTS:
            print(f"{fault:10} {module(fault).ABOUT}")
        return 0
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    say(f"seed {seed}; repeat with --seed {seed}")
    results = []
    for fault in options.faults or FAULTS:
        result = Result(fault)
        results.append(result)
        try:
            one(fault, options, seed, result)
        except KeyboardInterrupt:
            result.breaks("interrupted")
            result.done()
            break
        result.done()
    print(as_json(results, seed) if options.json else table(results), flush=True)
    return 1 if any(result.failed for result in results) else 0


def one(fault: str, options: argparse.Namespace, seed: int, result: Result) -> None:
    # Each fault draws from a seed of its own, so that it repeats by itself.
    own = random.Random(f"{seed} {fault}").getrandbits(64)
    with Lab(options.binaries, own, short=options.short, count=options.count) as lab:
        try:
            module(fault).run(lab, result)
        except Unable as why:
            result.skip(str(why))
        except Trouble as trouble:
            result.breaks(str(trouble))
        except Exception:
            result.breaks(traceback.format_exc())


def module(fault: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f".{fault}", __package__)


def interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/torture", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(FAULTS))
    parser.add_argument("--list", action="store_true", help="list the faults")
    parser.add_argument("--binaries", type=Path, help="where clientctl and syncd are")
    parser.add_argument("--seed", type=int, help="repeat the choices of an earlier run")
    parser.add_argument("--count", type=int, help="how often, instead of the usual number")
    parser.add_argument("--short", action="store_true", help="seconds to a minute a fault")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    options = parser.parse_args()
    for fault in options.faults:
        if fault not in FAULTS:
            parser.error(f"there is no fault {fault}; see --list")
    if not options.list:
        if options.binaries is None:
            parser.error("--binaries wants a directory")
        options.binaries = options.binaries.resolve()
        for name in ("clientctl", "syncd"):
            if not (options.binaries / name).exists():
                parser.error(f"{options.binaries} has no {name}")
    return options


if __name__ == "__main__":
    sys.exit(main())
