# SPDX-License-Identifier: MIT
"""Commands as cold processes, beside the `sqlite3` shell and taskwarrior."""

import json
import os
import shutil
import subprocess

import library
import plain
import programs
from measuring import Series

SHELL_INSERT = """PRAGMA synchronous=FULL;
BEGIN;
INSERT INTO annotation VALUES (NULL, randomblob(16), {article}, randomblob(32), 'and the words',
  'what stood before them, about so long as the context of an annotation',
  'and what stood behind them, about as long as the context on the other side', 100, 113,
  'a note', 'yellow', 1800000000000, 1800000000000);
INSERT INTO search (rowid, quote, note, tags) VALUES (last_insert_rowid(), 'and the words', 'a note', '');
COMMIT;
"""


def _taskwarrior(work, annotations):
    """A task data directory with that many annotations; answers its configuration file."""
    home = os.path.join(work, "task")
    os.makedirs(home)
    configuration = os.path.join(home, "taskrc")
    with open(configuration, "w") as file:
        file.write(f"data.location={home}\nconfirmation=off\nhooks=off\nverbose=nothing\ngc=off\n")
    tasks = []
    for item in library.items(annotations):
        if isinstance(item, library.Article):
            tasks.append({"description": item.title, "entry": "20260101T000000Z", "annotations": []})
        else:
            tasks[-1]["annotations"].append({
                "entry": "20260101T%02d%02d%02dZ" % (
                    len(tasks[-1]["annotations"]) // 3600,
                    len(tasks[-1]["annotations"]) // 60 % 60, len(tasks[-1]["annotations"]) % 60),
                "description": item.note})
    subprocess.run(
        ["task", f"rc:{configuration}", "import", "-"], input=json.dumps(tasks), text=True,
        capture_output=True, check=True)
    return configuration


def run(report, work, annotations, runs):
    runs = max(runs, 15)
    store = programs.fresh_store(os.path.join(work, "desk"), annotations)
    article = programs.one_article(store)
    text = json.loads(programs.run("show", article, "--json", store=store))["text"]
    words = text.split()
    shell_path = os.path.join(work, "plain.db")
    plain.insert(shell_path, library.Rows(annotations))
    task = _taskwarrior(work, annotations) if shutil.which("task") else None
    ours, shell, tasks = Series(), Series(), Series()
    others = {
        "status --json": ["status", "--json"],
        "list --json limit:20": ["list", "--json", "limit:20"],
        "annotations --json limit:20": ["annotations", "--json", "limit:20"],
    }
    series = {name: Series() for name in others}
    for turn in range(runs):
        place = (turn * 7) % (len(words) - 40)
        quote = " ".join(words[place:place + 12])
        ours.time(lambda: programs.run(
            "annotate", article, "--quote", quote, "--occurrence", "1", "--note", "a note",
            "--color", "yellow", store=store))
        shell.time(lambda: subprocess.run(
            ["sqlite3", shell_path], input=SHELL_INSERT.format(article=1), text=True, check=True,
            capture_output=True))
        if task and turn < 5:
            tasks.time(lambda: subprocess.run(
                ["task", f"rc:{task}", "1", "annotate", f"a note {turn}"], check=True,
                capture_output=True))
        for name, arguments in others.items():
            series[name].time(lambda: programs.run(*arguments, store=store))
    peers = {"sqlite3": shell}
    holds = ours.median <= 3 * shell.median
    if task:
        peers["task"] = tasks
        holds = holds and ours.median <= tasks.median / 10
    report.row(
        f"annotate, {annotations:,} annotations", ours, "≤ 3 × sqlite3, ≤ a tenth of task",
        peers, holds)
    for name, each in series.items():
        report.row(f"{name}, {annotations:,} annotations", each, "≤ 20 ms", holds=each.median <= 20)
