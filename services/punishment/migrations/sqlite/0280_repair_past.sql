-- What applications for repair were before they moved, for counts as of a day: the present revision stands in `repair`. What was replaced
-- before this table came is not known: since its first duty began, on the day of filing, the present revision counts; 0 stands for one
-- that never had a duty.
ALTER TABLE repair ADD COLUMN since_us INTEGER NOT NULL DEFAULT 0;
-- Midnight in Shanghai.
UPDATE repair SET since_us = COALESCE((
    SELECT CAST(strftime('%s', MIN(start_on)) AS INTEGER) * 1000000 - 28800000000
    FROM obligation WHERE subject = 'repairs/' || repair.id), 0);
CREATE TABLE repair_past (
    id       TEXT    NOT NULL REFERENCES repair (id),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    state    TEXT    NOT NULL CHECK (length(state) BETWEEN 1 AND 20),
    -- When this revision came, and when the next one did.
    since_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (id, revision)
) STRICT, WITHOUT ROWID;
