# SPDX-License-Identifier: MIT
"""The same library in plain SQLite: rows, indexes and full text, with no log at all.

This is the physical limit: what somebody would write who needs neither history nor sync. Durable
like ours (write-ahead log, synchronous=FULL), with the same tokenizer and the same ways in.
"""

import os
import sqlite3
import time

SCHEMA = """
CREATE TABLE article (
  ordinal INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, url TEXT, title TEXT, site TEXT,
  author TEXT, created INTEGER NOT NULL, modified INTEGER NOT NULL, revision BLOB) STRICT;
CREATE INDEX article_by_time ON article (created);
CREATE TABLE text (hash BLOB PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE annotation (
  ordinal INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, article INTEGER NOT NULL,
  revision BLOB, quote TEXT, prefix TEXT, suffix TEXT, start INTEGER, "end" INTEGER, note TEXT,
  color TEXT, created INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT;
CREATE INDEX annotation_by_time ON annotation (created);
CREATE INDEX annotation_by_article ON annotation (article, created);
CREATE TABLE tag (ordinal INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE tagging (tag INTEGER NOT NULL, entity INTEGER NOT NULL,
  PRIMARY KEY (tag, entity)) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5 (title, quote, note, text, tags, content = '',
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");
"""

INSERTS = [
    ("articles", "INSERT INTO article VALUES (?,?,?,?,?,?,?,?,?)"),
    ("texts", "INSERT INTO text VALUES (?,?)"),
    ("annotations", "INSERT INTO annotation VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"),
    ("tagging", "INSERT INTO tagging VALUES (?,?)"),
    ("search",
     "INSERT INTO search (rowid, title, quote, note, text, tags) VALUES (?,?,?,?,?,?)"),
]


def connect(path):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA cache_size = -16000")
    return database


def insert(path, rows):
    """Inserts everything in one transaction into a new database, and answers the seconds."""
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    database = connect(path)
    database.executescript(SCHEMA)
    begin = time.perf_counter()
    database.execute("BEGIN")
    for name, sql in INSERTS:
        database.executemany(sql, getattr(rows, name))
    database.executemany(
        "INSERT INTO tag VALUES (?,?)", [(number, name) for name, number in rows.tags.items()])
    database.execute("COMMIT")
    seconds = time.perf_counter() - begin
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return seconds


# The store's own tables, which a first sync fills.
COPIED = {
    "change": "SELECT id, lamport, time, hash, body, lines FROM change ORDER BY id",
    "entity": "SELECT * FROM entity ORDER BY ordinal",
    "history": "SELECT * FROM history ORDER BY entity, change",
    "tag": "SELECT * FROM tag ORDER BY ordinal",
    "tagging": "SELECT * FROM tagging ORDER BY entity, tag",
    "blob": "SELECT * FROM blob",
    "revision": "SELECT * FROM revision",
}


class StoreRows:
    """Every row of a store, in memory: what a first sync must write on the other side."""

    def __init__(self, store, rows):
        database = sqlite3.connect(f"file:{store}/postil.db?mode=ro", uri=True)
        self.schema = [sql for (sql,) in database.execute(
            "SELECT sql FROM sqlite_schema WHERE sql NOT NULL AND name NOT LIKE 'search_%'")]
        self.tables = {name: database.execute(sql).fetchall() for name, sql in COPIED.items()}
        self.search = rows.search
        database.close()

    def insert(self, path):
        """Inserts them in one transaction, and answers the seconds."""
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
        database = connect(path)
        for sql in self.schema:
            database.execute(sql)
        begin = time.perf_counter()
        database.execute("BEGIN")
        for name, rows in self.tables.items():
            if rows:
                marks = ",".join("?" * len(rows[0]))
                database.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        database.executemany(INSERTS[-1][1], self.search)
        database.execute("COMMIT")
        seconds = time.perf_counter() - begin
        database.close()
        return seconds
