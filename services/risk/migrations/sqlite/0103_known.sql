-- What was known at any earlier position of the feeds, so that a run or an explanation can look back; a copy that the feeds
-- rebuild, like the rest of the evidence.
ALTER TABLE evidence_head ADD COLUMN registry_seq INTEGER NOT NULL DEFAULT 0;
UPDATE evidence_head SET registry_seq =
    (SELECT COALESCE(MAX(known_seq), 0) FROM evidence WHERE source IN ('attribute', 'breach', 'licence'));

-- Versions of evidence that were replaced or withdrawn: known from `known_seq` on and no longer from `until_seq` on.
CREATE TABLE evidence_past (
    uscc      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    known_seq INTEGER NOT NULL,
    until_seq INTEGER NOT NULL CHECK (until_seq > known_seq),
    source    TEXT    NOT NULL,
    payload   BLOB    NOT NULL,
    PRIMARY KEY (uscc, name, known_seq)
) STRICT, WITHOUT ROWID;

ALTER TABLE mark ADD COLUMN known_seq INTEGER NOT NULL DEFAULT 0;
-- The same of marks.
CREATE TABLE mark_past (
    uscc      TEXT    NOT NULL,
    field     TEXT    NOT NULL,
    known_seq INTEGER NOT NULL,
    until_seq INTEGER NOT NULL CHECK (until_seq > known_seq),
    carried   INTEGER NOT NULL CHECK (carried IN (0, 1)),
    PRIMARY KEY (uscc, field, known_seq)
) STRICT, WITHOUT ROWID;

-- The last position of each feed among the events of a day, by the day on which its service accepted them.
CREATE TABLE known_day (
    feed TEXT    NOT NULL CHECK (feed IN ('registry', 'collection')),
    day  TEXT    NOT NULL CHECK (length(day) = 10),
    seq  INTEGER NOT NULL,
    PRIMARY KEY (feed, day)
) STRICT, WITHOUT ROWID;
