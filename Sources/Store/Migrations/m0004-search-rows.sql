-- An article's row in the search index has its ordinal's negative from here on, so that what looks
-- for articles doesn't go through all annotations with the same words. SQL can't move them, since
-- the index keeps no words to take out: Migrations does.

-- FTS5 merges all segments of a level at once when there are this many, in the midst of an edit: after
-- a large import that was a quarter of a gigabyte. The merging that comes in small portions with each
-- write (automerge) keeps them few (https://www.sqlite.org/fts5.html#the_crisismerge_configuration_option).
INSERT INTO search (search, rank) VALUES ('crisismerge', 1000);
