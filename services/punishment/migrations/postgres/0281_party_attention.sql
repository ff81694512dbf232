-- Key attention that parties have (a projection of risk's feed, rebuildable). Internal: it is shown beside applications for repair to who
-- may read flags, and leads to no list and to no measure.
CREATE TABLE party_attention (
    flag     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(flag) BETWEEN 1 AND 120),
    uscc     TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    field    TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    -- Last day, counted.
    on_until DATE NOT NULL
);
CREATE INDEX party_attention_by_uscc ON party_attention (uscc);
