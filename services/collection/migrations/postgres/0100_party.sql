-- Parties that records and tickets are collected under, as the registry tells them. A row that is not registered is
-- awaited: something was taken under its code, and the registry has not told of it yet. It is also what an import and
-- the arrival of the enterprise meet on, so that neither misses the other.
CREATE TABLE party (
    uscc       TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    legal_name TEXT COLLATE "C" NOT NULL CHECK (length(legal_name) <= 200),
    division   TEXT COLLATE "C" NOT NULL CHECK (length(division) <= 12),
    registered BOOLEAN          NOT NULL
);
