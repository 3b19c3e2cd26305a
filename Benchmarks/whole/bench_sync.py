# SPDX-License-Identifier: MIT
"""First sync, nothing to do, one edit: over TLS and loopback, durable and searchable on arrival."""

import os
import shutil

import library
import plain
import programs
from measuring import CHILDREN, OWN, Series, processor


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
        report.row(
            f"first sync of {annotations:,} annotations", first, "≤ 1.5 × the same rows",
            {"rows": peer}, first.median <= 1.5 * peer.median)
        report.row("the same in processor time, both sides", cost, peers={"rows": peer_cost})
        report.row(
            "bytes of bodies in all, article texts included", wire, "≤ 120",
            holds=wire.median <= 120)
        quiet, sizes = Series(), Series("bytes")
        for _ in range(runs):
            result = quiet.time(lambda: _peer(_sync(laptop)))
            sizes.add(max(result["bytesIn"], result["bytesOut"]))
        report.row(
            f"nothing to do: the greater body, {result['rounds']} round trip", sizes, "≤ 100",
            holds=sizes.median <= 100 and result["rounds"] == 1)
        report.row("nothing to do: the command", quiet)
        edit, sizes = Series(), Series("bytes")
        article = programs.one_article(desk)
        for turn in range(runs):
            programs.run("note", article, f"Read again for the {turn}th time.", store=desk)
            result = edit.time(lambda: _peer(_sync(laptop)))
            sizes.add(result["bytesIn"] + result["bytesOut"])
        report.row("one edit: bodies both ways", sizes, "≤ 400", holds=sizes.median <= 400)
        report.row("one edit: the command", edit)
    finally:
        host.stop()
