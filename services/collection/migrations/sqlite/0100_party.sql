-- Parties that records and tickets are collected under, as the registry tells them. A row that is not registered is
-- awaited: something was taken under its code, and the registry has not told of it yet. It is also what an import and
-- the arrival of the enterprise meet on, so that neither misses the other.
CREATE TABLE party (
    uscc       TEXT    NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    legal_name TEXT    NOT NULL CHECK (length(legal_name) <= 200),
    division   TEXT    NOT NULL CHECK (length(division) <= 12),
    registered INTEGER NOT NULL CHECK (registered IN (0, 1))
) STRICT, WITHOUT ROWID;
