-- What marks were before they moved, for counts as of a day: the present revision stands in `mark`. What was replaced before this table
-- came is not known; such a mark counts as its first known revision for all the time before it.
CREATE TABLE mark_past (
    uscc     TEXT    NOT NULL CHECK (length(uscc) = 18),
    field    TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    state    TEXT    NOT NULL CHECK (length(state) BETWEEN 1 AND 20),
    -- When this revision came, and when the next one did.
    since_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (uscc, field, revision)
) STRICT, WITHOUT ROWID;
