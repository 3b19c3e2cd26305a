# SPDX-License-Identifier: MIT
"""The library as mail in notmuch: each article and each annotation is a message with the same words
and tags, so that its index holds the same full text. notmuch commits durably (Xapian syncs)."""

import email.utils
import os
import shutil
import subprocess
import time

import library
import programs

CONFIG = """[database]
path={folder}/mail
[user]
name=desk
primary_email={name}@desk.example
[new]
tags=
ignore=
[search]
exclude_tags=
[maildir]
synchronize_flags=false
"""


def is_there():
    return shutil.which("notmuch") is not None


def messages(annotations):
    """Each message's id, tags and bytes."""
    for item in library.items(annotations):
        if isinstance(item, library.Article):
            subject, body, tags = item.title, item.text, []
        else:
            subject, body = item.note, f"{item.quote}\n\n{item.note}\n"
            tags = [tag.replace(" ", "-") for tag in item.tags]
        date = email.utils.formatdate(item.created / 1000)
        head = (
            f"Message-ID: <{item.id.hex()}@bench.example>\nFrom: desk@desk.example\n"
            f"To: desk@desk.example\nDate: {date}\nSubject: {subject}\n"
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: 8bit\n\n")
        yield f"{item.id.hex()}@bench.example", tags, (head + body).encode()


class Mail:
    """A mail folder with its notmuch index."""

    def __init__(self, folder, name="desk"):
        self.folder, self.config = folder, os.path.join(folder, "config")
        os.makedirs(os.path.join(folder, "mail", "cur"), exist_ok=True)
        for each in ("new", "tmp"):
            os.makedirs(os.path.join(folder, "mail", each), exist_ok=True)
        with open(self.config, "w") as file:
            file.write(CONFIG.format(folder=folder, name=name))
        self.environment = {
            **os.environ, "NOTMUCH_CONFIG": self.config, "HOME": folder}
        self.environment.pop("NOTMUCH_PROFILE", None)

    def run(self, *command, text=None):
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: {done.returncode}: {done.stderr}")
        return done.stdout

    def write(self, annotations):
        """Puts the messages where they are looked for; answers the tags as a batch."""
        self.ids, batch = [], []
        for number, (name, tags, data) in enumerate(messages(annotations)):
            place = os.path.join(self.folder, "mail", "cur", str(number // 1000))
            os.makedirs(os.path.join(place, "cur"), exist_ok=True)
            with open(os.path.join(place, "cur", f"{number}:2,S"), "wb") as file:
                file.write(data)
            self.ids.append(name)
            if tags:
                batch.append(" ".join(f"+{tag}" for tag in tags) + f" -- id:{name}\n")
        return "".join(batch)

    def index(self, batch):
        """Indexes all, with tags; seconds."""
        begin = time.perf_counter()
        self.run("notmuch", "new", "--quiet")
        self.run("notmuch", "tag", "--batch", text=batch)
        return time.perf_counter() - begin

    def search(self, query):
        return self.run(
            "notmuch", "search", "--format=json", "--output=summary", "--limit=20", query)

    def size(self):
        place = os.path.join(self.folder, "mail", ".notmuch", "xapian")
        return sum(os.path.getsize(os.path.join(place, name)) for name in os.listdir(place))


# What muchsync calls instead of ssh: the same machine, without a network or a login; what goes each
# way is written down.
LINE = """#!/bin/sh
while [ "${{1#-}}" != "$1" ]; do shift; done
shift
export NOTMUCH_CONFIG={config} HOME={folder}
tee {folder}/up | sh -c "$*" | tee {folder}/down
"""


def sync(laptop, desk):
    """muchsync between two folders of this machine; bytes both ways."""
    line = os.path.join(desk.folder, "line")
    with open(line, "w") as file:
        file.write(LINE.format(config=desk.config, folder=desk.folder))
    os.chmod(line, 0o755)
    laptop.run("muchsync", "-s", line, "desk")
    return sum(os.path.getsize(os.path.join(desk.folder, name)) for name in ("up", "down"))


def query(words):
    """What means the same there: all words; a quoted phrase; a beginning. None if nothing does."""
    return None if ":" in words else words
