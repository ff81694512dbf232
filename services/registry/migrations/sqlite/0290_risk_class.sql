-- The risk class of each enterprise in each key field, as risk told it last. Internal: shown on the advice on its applications alone, to who
-- may read classes, and each read is noted.
CREATE TABLE risk_class (
    uscc   TEXT NOT NULL CHECK (length(uscc) = 18),
    field  TEXT NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    scheme TEXT NOT NULL CHECK (length(scheme) BETWEEN 1 AND 40),
    code   TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
    as_of  TEXT NOT NULL,
    -- Office that set it.
    office TEXT NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    effect TEXT NOT NULL CHECK (length(effect) <= 40),
    -- Last day of the override that gives it; NULL: until further notice.
    until  TEXT,
    PRIMARY KEY (uscc, field)
) STRICT, WITHOUT ROWID;
