-- Key attention (a projection of risk's feed, rebuildable). Internal: it raises the ratio of a stratum, and is never shown.
CREATE TABLE subject_attention (
    flag     TEXT NOT NULL PRIMARY KEY CHECK (length(flag) BETWEEN 1 AND 120),
    uscc     TEXT NOT NULL CHECK (length(uscc) = 18),
    field    TEXT NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    -- Last day, counted.
    on_until TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Serves the freezing of a pool.
CREATE INDEX subject_attention_by_uscc ON subject_attention (uscc, field);
