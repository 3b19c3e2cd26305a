# SPDX-License-Identifier: MIT
"""First sync, nothing to do, one edit: over TLS and loopback, durable and searchable on arrival.

Beside muchsync, which brings notmuch's mail and tags in step, where it is installed and the library
has at most 20,000 annotations: the same words as mail, over a pipe.
"""

import os
import shutil

import library
import mail
import plain
import programs
from measuring import CHILDREN, OWN, Series, processor

MAIL_MOST = 20_000


def _sync(store):
    return programs.run_json("sync", store=store, name="laptop")


def _peer(result):
    peers = result["peers"] if isinstance(result, dict) else result
    return peers[0]


def run(report, work, annotations, runs):
    desk = programs.fresh_store(os.path.join(work, "desk"), annotations)
    copies = plain.StoreRows(desk, library.Rows(annotations))
    host = programs.Daemon(desk, "desk")
    first, peer, wire = Series(), Series(), Series("bytes/annotation")
    cost, peer_cost = Series(), Series()
    laptop = os.path.join(work, "laptop")
    try:
        for _ in range(runs):
            begin = processor(OWN)
            peer.add(copies.insert(os.path.join(work, "rows.db")) * 1000)
            peer_cost.add(processor(OWN) - begin)
            shutil.rmtree(laptop, ignore_errors=True)
            programs.pair(host, laptop, "laptop")
            begin = processor(CHILDREN) + host.cpu_seconds() * 1000
            result = first.time(lambda: _peer(_sync(laptop)))
            cost.add(processor(CHILDREN) + host.cpu_seconds() * 1000 - begin)
            if not result["inStep"]:
                raise SystemExit(f"not in step: {result}")
            wire.add((result["bytesIn"] + result["bytesOut"]) / annotations)
        theirs = _Muchsync(work, annotations)
        report.row(
            f"first sync of {annotations:,} annotations", first, "≤ 1.5 × the same rows",
            {"rows": peer}, first.median <= 1.5 * peer.median)
        report.row("the same in processor time, both sides", cost,
                   peers={"rows": peer_cost, **theirs.first()})
        report.row(
            "bytes of bodies in all, article texts included", wire, "≤ 120",
            holds=wire.median <= 120)
        quiet, sizes = Series(), Series("bytes")
        for _ in range(runs):
            theirs.turn(edits=False)
            result = quiet.time(lambda: _peer(_sync(laptop)))
            sizes.add(max(result["bytesIn"], result["bytesOut"]))
        report.row(
            f"nothing to do: the greater body, {result['rounds']} round trip", sizes, "≤ 100",
            theirs.peers(1), sizes.median <= 100 and result["rounds"] == 1)
        report.row("nothing to do: the command", quiet, peers=theirs.peers(0))
        theirs.again()
        edit, sizes = Series(), Series("bytes")
        article = programs.one_article(desk)
        for turn in range(runs):
            theirs.turn(edits=True)
            programs.run("note", article, f"Read again for the {turn}th time.", store=desk)
            result = edit.time(lambda: _peer(_sync(laptop)))
            sizes.add(result["bytesIn"] + result["bytesOut"])
        report.row("one edit: bodies both ways", sizes, "≤ 400", theirs.peers(1),
                   sizes.median <= 400)
        report.row("one edit: the command", edit, peers=theirs.peers(0))
    finally:
        host.stop()


class _Muchsync:
    """The same with mail; does nothing where it can't be had."""

    def __init__(self, work, annotations):
        self.desk = None
        self.again()
        self.cost = Series()
        if not mail.is_there() or not shutil.which("muchsync") or annotations > MAIL_MOST:
            print("muchsync is left out: not installed, or too many annotations", flush=True)
            return
        self.desk = mail.Mail(os.path.join(work, "mail-desk"))
        self.laptop = mail.Mail(os.path.join(work, "mail-laptop"), "laptop")
        self.desk.index(self.desk.write(annotations))
        self.laptop.run("notmuch", "new", "--quiet")
        begin = processor(CHILDREN)
        mail.sync(self.laptop, self.desk)
        self.cost.add(processor(CHILDREN) - begin)
        self.edits = 0

    def first(self):
        return {"muchsync": self.cost} if self.desk else {}

    def again(self):
        self.series = Series(), Series("bytes")

    def turn(self, edits):
        if not self.desk:
            return
        if edits:
            self.edits += 1
            name = self.desk.ids[self.edits]
            self.desk.run("notmuch", "tag", "+bench/new", "--", f"id:{name}")
        self.series[1].add(self.series[0].time(lambda: mail.sync(self.laptop, self.desk)))

    def peers(self, which):
        return {"muchsync": self.series[which]} if self.desk else {}
