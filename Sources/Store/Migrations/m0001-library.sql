-- The first schema. Frozen once released: a later version adds m0002-….sql, and never edits this.
-- Times are milliseconds since 1970, UTC. "Ordinal" is a small number that means something in this
-- file only; ids are 16 bytes and mean the same everywhere.

-- Single facts about this store.
CREATE TABLE fact (
  name TEXT PRIMARY KEY,         -- 'library': 16 bytes
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- Who writes in this library, and where each one's history stands here.
CREATE TABLE writer (
  ordinal INTEGER PRIMARY KEY,   -- 0, 1, 2 … without gaps; packed states name writers by it
  id BLOB NOT NULL UNIQUE,       -- 16 bytes
  sequence INTEGER NOT NULL,     -- how many of its changes are held
  lamport INTEGER NOT NULL,      -- Lamport number of the last of them
  context BLOB NOT NULL,         -- what the writer had seen of others by then: a version vector
  hash BLOB NOT NULL,            -- chain hash of the last of them, 32 bytes
  elsewhere INTEGER NOT NULL,    -- 1: changes of it came from a peer; this store never writes as it
  base INTEGER,                  -- of a branch of a forked history: the ordinal that it begins at
  start INTEGER NOT NULL         -- and how many changes of the history come before it; else 0
) STRICT;

-- The log: every change as it was written. Nothing is ever removed from it.
CREATE TABLE change (
  id INTEGER PRIMARY KEY,        -- writer ordinal << 40 | sequence
  lamport INTEGER NOT NULL,      -- as in the body: causal order
  time INTEGER NOT NULL,         -- as in the body: the writer's claim
  hash BLOB NOT NULL,            -- chain hash, 32 bytes
  body BLOB NOT NULL,            -- docs/format.md
  lines BLOB                     -- which branches of forked histories its author had seen, if any
) STRICT;

-- The merged state: one packed row an entity, and what queries need beside it. All of it can be
-- made anew from the log.
CREATE TABLE entity (
  ordinal INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,         -- 1 article, 2 annotation, 3 tag, 4 writer; others are carried along
  id BLOB NOT NULL,              -- 16 bytes
  article INTEGER,               -- an annotation's article, by ordinal
  parent INTEGER,                -- a reply's parent, by ordinal
  visible INTEGER NOT NULL,      -- 1: not deleted, or something visible hangs on it
  children INTEGER NOT NULL,     -- how many visible annotations or replies hang on it
  flags INTEGER NOT NULL,        -- bits: 1 has a note, 2 has conflicts, 4 has tags, 8 has a quote
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  device INTEGER NOT NULL,       -- who made it: writer ordinal
  color TEXT,
  site TEXT,
  first INTEGER NOT NULL,        -- the change that first spoke of it
  state BLOB NOT NULL            -- the packed state
) STRICT;
CREATE UNIQUE INDEX entity_by_id ON entity (id, kind);
CREATE INDEX entity_by_time ON entity (kind, visible, created);
CREATE INDEX entity_by_article ON entity (article, created) WHERE article IS NOT NULL;
CREATE INDEX entity_by_parent ON entity (parent) WHERE parent IS NOT NULL;
CREATE INDEX entity_in_conflict ON entity (kind) WHERE flags & 2 != 0;

-- The later changes that speak of an entity: its history besides entity.first.
CREATE TABLE history (
  entity INTEGER NOT NULL,
  change INTEGER NOT NULL,
  PRIMARY KEY (entity, change)
) STRICT, WITHOUT ROWID;

-- Tag names that are or were used, and what each goes by after every rename.
CREATE TABLE tag (
  ordinal INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,     -- NFC, paths with '/'
  shown TEXT NOT NULL            -- the name it goes by
) STRICT;
CREATE INDEX tag_by_shown ON tag (shown);

-- Which entity carries which tag.
CREATE TABLE tagging (
  tag INTEGER NOT NULL,
  entity INTEGER NOT NULL,
  PRIMARY KEY (tag, entity)
) STRICT, WITHOUT ROWID;

-- Texts of revisions, by their SHA-256. A row without content is wanted from a peer.
CREATE TABLE blob (
  hash BLOB PRIMARY KEY,         -- 32 bytes
  length INTEGER NOT NULL,       -- bytes, as the revision says
  content BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_wanted ON blob (hash) WHERE content IS NULL;

-- Which article has which revision: a text that arrives late finds its article by this.
CREATE TABLE revision (
  hash BLOB NOT NULL,
  entity INTEGER NOT NULL,
  PRIMARY KEY (hash, entity)
) STRICT, WITHOUT ROWID;

-- Full text of quotes, notes, titles and article texts; rowid is the entity's ordinal. Contentless:
-- what it indexes stands in entity.state and blob already. Marks are letters here, since Indic
-- vowel signs are marks.
CREATE VIRTUAL TABLE search USING fts5 (
  title, quote, note, text, tags,
  content = '',
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);

-- Other stores of this library that were paired with this one. Not replicated.
CREATE TABLE peer (
  id BLOB PRIMARY KEY,           -- 16 bytes, minted at pairing
  name TEXT NOT NULL,
  addresses TEXT NOT NULL,       -- URLs, one a line; empty for a peer that only calls us
  role TEXT NOT NULL,            -- 'write' or 'read': what it may do here
  own_role TEXT NOT NULL,        -- what this store may do there, as it was told
  key BLOB NOT NULL UNIQUE,      -- SHA-256 of its device key, which is the device
  token BLOB NOT NULL,           -- what we show it where a proxy ends TLS
  token_hash BLOB NOT NULL,      -- SHA-256 of what it shows us there
  code TEXT NOT NULL,            -- six digits that both sides show, for people to compare
  version BLOB NOT NULL,         -- what the peer held at the last exchange: a version vector
  exchanged INTEGER,             -- when that was
  error TEXT                     -- why the last try failed; NULL if it didn't
) STRICT, WITHOUT ROWID;

-- Invitations that nobody has used yet.
CREATE TABLE invite (
  id BLOB PRIMARY KEY,           -- derived from the link's secret: 16 bytes
  proof BLOB NOT NULL,           -- derived from it too: what the invited side proves to know
  role TEXT NOT NULL,
  expires INTEGER NOT NULL,
  tries INTEGER NOT NULL         -- wrong proofs that are left
) STRICT, WITHOUT ROWID;
