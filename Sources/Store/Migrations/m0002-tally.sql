-- Counting a million rows takes longer than a command may: how many there are is kept.

-- How many entities of each kind queries show. Made anew with the state.
CREATE TABLE tally (
  kind INTEGER PRIMARY KEY,
  visible INTEGER NOT NULL
) STRICT;
INSERT INTO tally (kind, visible)
SELECT kind, count(*) FROM entity WHERE visible = 1 GROUP BY kind;

-- Words are gathered in memory up to this many bytes before they are written: a batch of an import
-- becomes one segment of the index instead of several that must be merged again soon
-- (https://www.sqlite.org/fts5.html#the_automerge_configuration_option).
INSERT INTO search (search, rank) VALUES ('hashsize', 4194304);
INSERT INTO search (search, rank) VALUES ('automerge', 8);
