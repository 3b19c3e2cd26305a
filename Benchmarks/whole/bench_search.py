# SPDX-License-Identifier: MIT
"""Search and lists by query, as cold processes; the start of a process is told beside them.

Beside notmuch, where it is installed and the library has at most 200,000 annotations: the same
words as mail, the same queries, twenty results. notmuch sorts by date; this ranks, and cuts
snippets.
"""

import os
import random

import library
import mail
import programs
from measuring import CHILDREN, Series, processor

MAIL_MOST = 200_000


def run(report, work, annotations, runs):
    store = programs.fresh_store(None, annotations)
    chance = random.Random(7)
    words = library._Words(random.Random(1)).vocabulary
    ranks = [0, 3, 10, 40, 100, 150, 300, 800, 2_000, 5_000]
    queries = [words[rank] for rank in ranks]
    queries += [f"{words[chance.randrange(100)]} {words[chance.randrange(1000)]}" for _ in range(5)]
    queries += [f'"{words[1]} {words[0]}"', f"{words[900][:3]}*", f"{words[20]} color:yellow"]
    start, all_, costs, comparable = Series(), Series(), Series(), Series()
    letters = _notmuch(report, work, annotations)
    theirs, theirs_cost = Series(), Series()
    each = {query: Series() for query in queries}
    for _ in range(runs):
        begin = processor(CHILDREN)
        start.time(lambda: programs.run("search", "zzzqqq", store=store, check=False))
        idle = processor(CHILDREN) - begin
        for query in queries:
            begin = processor(CHILDREN)
            each[query].time(
                lambda: programs.run(
                    "search", query, "--json", "--limit", "20", store=store, check=False))
            all_.add(each[query].values[-1])
            costs.add(processor(CHILDREN) - begin - idle)
            if letters and mail.query(query):
                comparable.add(processor(CHILDREN) - begin)
                begin = processor(CHILDREN)
                theirs.time(lambda: letters.search(mail.query(query)))
                theirs_cost.add(processor(CHILDREN) - begin)
    report.row("search for a word that nowhere stands: the process alone", start)
    for query, series in each.items():
        report.row(f"search {query}", series)
    p95 = all_.quantile(0.95) - start.median
    report.row(
        f"search over {annotations:,} annotations, p95 without the process's start",
        f"{p95:.1f} ms", "≤ 10 ms", holds=p95 <= 10)
    report.row(
        "the same in processor time",
        f"p50 {costs.median:.1f} ms, p95 {costs.quantile(0.95):.1f} ms")
    if letters:
        report.row("the whole process, in processor time", comparable,
                   peers={"notmuch": theirs_cost})
        report.row(
            "the same, p95", f"{comparable.quantile(0.95):.1f} ms",
            peers={"notmuch": f"{theirs_cost.quantile(0.95):.1f} ms"})
        _tags(report, work, annotations, letters, max(runs, 5))


def _notmuch(report, work, annotations):
    """The mail, indexed; None where there is no notmuch."""
    if not mail.is_there() or annotations > MAIL_MOST:
        print("notmuch is left out: not installed, or too many annotations", flush=True)
        return None
    letters = mail.Mail(os.path.join(work, "mail"))
    batch = letters.write(annotations)
    ours, theirs = Series("s"), Series("s")
    begin = processor(CHILDREN)
    letters.index(batch)
    theirs.add((processor(CHILDREN) - begin) / 1000)
    begin = processor(CHILDREN)
    programs.run(
        "import", "json", programs.library_file(annotations), store=os.path.join(work, "imported"))
    ours.add((processor(CHILDREN) - begin) / 1000)
    report.row(f"import of {annotations:,} annotations, processor time", ours,
               peers={"notmuch": theirs})
    report.row(
        "bytes on disk, notmuch without the mail itself",
        f"{programs.size(os.path.join(work, 'imported')) / 2**20:.0f} MiB",
        peers={"notmuch": f"{letters.size() / 2**20:.0f} MiB"})
    return letters


def _tags(report, work, annotations, letters, runs):
    """One tag on one annotation, durably."""
    store = programs.fresh_store(os.path.join(work, "tagged"), annotations)
    ids = [each["id"] for each in programs.run_json("annotations", f"limit:{runs}", store=store)]
    ours, theirs = (Series(), Series()), (Series(), Series())
    for turn, id_ in enumerate(ids):
        begin = processor(CHILDREN)
        ours[0].time(lambda: programs.run("tag", "add", id_, "bench/new", store=store))
        ours[1].add(processor(CHILDREN) - begin)
        begin = processor(CHILDREN)
        name = letters.ids[len(letters.ids) // 2 + turn]
        theirs[0].time(lambda: letters.run("notmuch", "tag", "+bench/new", "--", f"id:{name}"))
        theirs[1].add(processor(CHILDREN) - begin)
    report.row("one tag, the command", ours[0], peers={"notmuch": theirs[0]})
    report.row("one tag, processor time", ours[1], peers={"notmuch": theirs[1]})
