-- What was known at any earlier position of the feeds, so that a run or an explanation can look back; a copy that the feeds
-- rebuild, like the rest of the evidence.
ALTER TABLE evidence_head ADD COLUMN registry_seq BIGINT NOT NULL DEFAULT 0;
UPDATE evidence_head SET registry_seq =
    (SELECT COALESCE(MAX(known_seq), 0) FROM evidence WHERE source IN ('attribute', 'breach', 'licence'));

-- Versions of evidence that were replaced or withdrawn: known from `known_seq` on and no longer from `until_seq` on.
CREATE TABLE evidence_past (
    uscc TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    known_seq BIGINT NOT NULL,
    until_seq BIGINT NOT NULL CHECK (until_seq > known_seq),
    source TEXT COLLATE "C" NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (uscc, name, known_seq)
);

ALTER TABLE mark ADD COLUMN known_seq BIGINT NOT NULL DEFAULT 0;
-- The same of marks.
CREATE TABLE mark_past (
    uscc TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    known_seq BIGINT NOT NULL,
    until_seq BIGINT NOT NULL CHECK (until_seq > known_seq),
    carried BOOLEAN NOT NULL,
    PRIMARY KEY (uscc, field, known_seq)
);

-- The last position of each feed among the events of a day, by the day on which its service accepted them.
CREATE TABLE known_day (
    feed TEXT COLLATE "C" NOT NULL CHECK (feed IN ('registry', 'collection')),
    day DATE NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (feed, day)
);
