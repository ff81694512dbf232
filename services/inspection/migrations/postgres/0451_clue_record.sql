-- Which credit records there are by which a clue can be found (a projection of collection's feed, rebuildable): whom each is about and
-- whether it stands, and nothing of what it says.
CREATE TABLE clue_record (
    record TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 120),
    -- Empty where it is about nobody with a credit code.
    uscc   TEXT COLLATE "C" NOT NULL CHECK (length(uscc) IN (0, 18)),
    -- Whether it was neither withdrawn nor erased.
    stands BOOLEAN NOT NULL
);
