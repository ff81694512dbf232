-- What applications for repair were before they moved, for counts as of a day: the present revision stands in `repair`. What was replaced
-- before this table came is not known: since its first duty began, on the day of filing, the present revision counts; 0 stands for one
-- that never had a duty.
ALTER TABLE repair ADD COLUMN since_us BIGINT NOT NULL DEFAULT 0;
-- Midnight in Shanghai.
UPDATE repair SET since_us = COALESCE((
    SELECT CAST(EXTRACT(EPOCH FROM CAST(MIN(start_on) || 'T00:00:00+08:00' AS TIMESTAMPTZ)) * 1000000 AS BIGINT)
    FROM obligation WHERE subject = 'repairs/' || repair.id), 0);
CREATE TABLE repair_past (
    id       TEXT COLLATE "C" NOT NULL REFERENCES repair (id),
    revision BIGINT NOT NULL CHECK (revision >= 1),
    state    TEXT COLLATE "C" NOT NULL CHECK (length(state) BETWEEN 1 AND 20),
    -- When this revision came, and when the next one did.
    since_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    PRIMARY KEY (id, revision)
);
