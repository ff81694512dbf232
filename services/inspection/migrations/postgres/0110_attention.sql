-- Key attention (a projection of risk's feed, rebuildable). Internal: it raises the ratio of a stratum, and is never shown.
CREATE TABLE subject_attention (
    flag     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(flag) BETWEEN 1 AND 120),
    uscc     TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    field    TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    -- Last day, counted.
    on_until DATE NOT NULL
);

-- Serves the freezing of a pool.
CREATE INDEX subject_attention_by_uscc ON subject_attention (uscc, field);
