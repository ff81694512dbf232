-- What applications for repair were before they moved, for counts as of a day: the present revision stands in `repair`. What was replaced
-- before this table came is not known: 0 says that the present revision stands since then.
ALTER TABLE repair ADD COLUMN since_us BIGINT NOT NULL DEFAULT 0;
CREATE TABLE repair_past (
    id       TEXT COLLATE "C" NOT NULL REFERENCES repair (id),
    revision BIGINT NOT NULL CHECK (revision >= 1),
    state    TEXT COLLATE "C" NOT NULL CHECK (length(state) BETWEEN 1 AND 20),
    -- When this revision came, and when the next one did.
    since_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    PRIMARY KEY (id, revision)
);
