# SPDX-License-Identifier: MIT
"""Power cuts: what the block device holds at one moment, while a machine is at work on it.

The machine's store lies on ext4 in an image file, and the image on XFS, where
`cp --reflink=always` takes a copy of all of it at once. The copy is what a disk would hold whose
power went at that moment: mounted, it is what the machine finds when it starts again.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from .book import Book
from .check import agree, check
from .lab import Lab, Unable, needs, needs_root, unmount
from .machine import Machine
from .report import Result
from .scribe import Scribe

ABOUT = "power cuts by block snapshots, and a careless writer that must be seen to lose rows"

#: Cuts of one image; then another begins, so that checks stay short.
EPOCH = 20
#: Bytes of XFS and of the image on it, MiB.
HOST_MIB, DISK_MIB = 900, 96


class Disk:
    """An ext4 image on XFS, mounted."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.host = lab.directory("host")
        image = lab.root / "host.img"
        lab.tool("truncate", "-s", f"{HOST_MIB}M", str(image))
        lab.tool("mkfs.xfs", "-q", "-m", "reflink=1", str(image))
        try:
            lab.mount("-o", "loop", str(image), at=self.host)
        except Exception as error:
            raise Unable(f"can't mount XFS from a loop device: {error}") from None
        self.image = self.host / "disk.img"
        self.cut_image = self.host / "cut.img"
        self.inner = lab.directory("inner")
        self.snap = lab.directory("snap")
        lab.undo(unmount, self.snap)

    def renew(self) -> Path:
        """A new file system in place of the old one."""
        unmount(self.inner)
        self.image.unlink(missing_ok=True)
        self.lab.tool("truncate", "-s", f"{DISK_MIB}M", str(self.image))
        self.lab.tool("mkfs.ext4", "-q", str(self.image))
        return self.lab.mount("-o", "loop", str(self.image), at=self.inner)

    def cut(self) -> None:
        """The power goes: the image as it is now becomes the snapshot."""
        self.cut_image.unlink(missing_ok=True)
        self.lab.tool("cp", "--reflink=always", str(self.image), str(self.cut_image))

    def restart(self) -> Path:
        """The snapshot, mounted; ext4 replays its journal."""
        self.lab.tool("mount", "-o", "loop", str(self.cut_image), str(self.snap))
        return self.snap


def run(lab: Lab, result: Result) -> None:
    needs_root()
    needs("mkfs.xfs", "mkfs.ext4", "losetup")
    disk = Disk(lab)
    wanted = lab.count(8, 100)
    while result.runs < wanted:
        epoch(lab, disk, result, min(EPOCH, wanted - result.runs))
        if result.failed:
            break
    for level in ("OFF", "NORMAL"):
        control(lab, disk, result, level, cuts=5 if lab.short else 20)


def epoch(lab: Lab, disk: Disk, result: Result, cuts: int) -> None:
    """Two commands and the daemon write to the image, the latter what another machine sends."""
    inner = Machine(lab, f"desk{result.runs}", disk.renew())
    outer = Machine(lab, f"laptop{result.runs}")
    for machine in (inner, outer):
        machine.start_daemon()
    outer.join(inner)
    book = Book()
    scribes = [
        Scribe(machine, book, lab.random.getrandbits(32), result)
        for machine in (inner, inner, outer)
    ]
    for scribe in scribes:
        scribe.alone = scribe is scribes[2]
        scribe.write(3)
    stop = threading.Event()
    threads = [threading.Thread(target=scribe.keep_on, args=(stop,)) for scribe in scribes]
    for thread in threads:
        thread.start()
    try:
        for _ in range(cuts):
            time.sleep(lab.random.uniform(0.1, 1.0))
            one(lab, disk, result, inner, outer, book)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    agree([inner, outer], book, result, f"after cut {result.runs}")
    result.acknowledged += book.acknowledged
    for machine in (inner, outer):
        machine.stop_daemon()
    unmount(disk.inner)


def one(lab: Lab, disk: Disk, result: Result, inner: Machine, outer: Machine, book: Book) -> None:
    # Both are read before the cut: what was acknowledged, and what a peer was given already.
    own = str(inner.json("status").get("writer"))
    sent = heads(outer).get(own, 0)
    mark = book.mark()
    disk.cut()
    result.runs += 1
    again = Machine(lab, inner.name, disk.restart())
    when = f"cut {result.runs}"
    try:
        check(again, book, result, when, mark=mark, observe=False)
        held = heads(again).get(own, 0)
        if held < sent:
            result.lose(f"{when}: a peer has change {sent} of {own}, its own store only {held}")
        following = Scribe(again, Book(), lab.seed, result)
        following.step("add")
    finally:
        unmount(disk.snap)


def heads(machine: Machine) -> dict[str, int]:
    """The number of each writer's last change that a store holds."""
    found: dict[str, int] = {}
    for entry in machine.json("log", "--limit", "1000000"):
        writer, number = entry["change"].split(":")
        found[writer] = max(found.get(writer, 0), int(number))
    return found


def control(lab: Lab, disk: Disk, result: Result, level: str, cuts: int) -> None:
    """A writer that does not wait for the disk must be seen to lose rows."""
    lossy = 0
    lost_rows = 0
    folder = disk.renew()
    for number in range(cuts):
        path = folder / f"control{number}.db"
        stop = threading.Event()
        rows: list[int] = [0]
        thread = threading.Thread(target=write_carelessly, args=(path, level, stop, rows))
        thread.start()
        time.sleep(lab.random.uniform(0.2, 0.6))
        acknowledged = rows[0]
        disk.cut()
        stop.set()
        thread.join()
        found = count_rows(disk.restart() / path.name)
        unmount(disk.snap)
        if found < acknowledged:
            lossy += 1
            lost_rows += acknowledged - found
        path.unlink()
    unmount(disk.inner)
    # NORMAL is told for comparison; its log is synced now and then, so that it may be lucky.
    if lossy == 0 and level == "OFF":
        result.breaks(f"the control lost nothing in {cuts} cuts: these cuts show nothing")
    result.note(
        f"control: SQLite with synchronous={level} lost {lost_rows} acknowledged rows, "
        f"in {lossy} of {cuts} cuts"
    )


def write_carelessly(path: Path, level: str, stop: threading.Event, rows: list[int]) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {level}")
    database.execute("CREATE TABLE written (number INTEGER)")
    while not stop.is_set():
        database.execute("INSERT INTO written VALUES (?)", [rows[0]])
        rows[0] += 1
    database.close()


def count_rows(path: Path) -> int:
    try:
        database = sqlite3.connect(path)
        count = database.execute("SELECT count(*) FROM written").fetchone()[0]
        database.close()
        return int(count)
    except sqlite3.Error:
        return 0
