-- What no search may show: rows that are hidden, and those of other kinds. They are few, so a search
-- leaves them out by this, and need not read the row of everything that has the words.
CREATE INDEX entity_not_shown ON entity (ordinal) WHERE visible = 0 OR kind NOT IN (1, 2);
