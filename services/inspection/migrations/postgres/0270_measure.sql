-- Joint measures in force (a projection of punishment's feed, rebuildable). Those of key supervision raise the ratio of a stratum.
CREATE TABLE subject_measure (
    measure   TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(measure) BETWEEN 1 AND 120),
    uscc      TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    -- Code of the item of the city's list.
    code      TEXT COLLATE "C" NOT NULL CHECK (length(code) BETWEEN 1 AND 100),
    -- First day.
    starts_on DATE NOT NULL
);

-- Serves the freezing of a pool.
CREATE INDEX subject_measure_by_code ON subject_measure (code, starts_on);
