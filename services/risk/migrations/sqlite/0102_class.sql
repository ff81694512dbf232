-- Classes in effect, one an enterprise and key field. Internal: never published, and no row leaves without a row in the
-- log of reads.
CREATE TABLE class (
    uscc                   TEXT    NOT NULL CHECK (length(uscc) = 18),
    field                  TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    division               TEXT    NOT NULL CHECK (length(division) <= 12),
    scheme                 TEXT    NOT NULL,
    code                   TEXT    NOT NULL CHECK (length(code) BETWEEN 1 AND 8),
    general_code           TEXT    NOT NULL CHECK (length(general_code) BETWEEN 1 AND 8),
    -- Empty for a field without a model of its own.
    professional_code      TEXT    NOT NULL CHECK (length(professional_code) <= 8),
    general_points_e2      INTEGER NOT NULL,
    professional_points_e2 INTEGER NOT NULL,
    as_of                  TEXT    NOT NULL CHECK (length(as_of) = 10),
    -- What led to it, JSON: indicators with value and points, rules that fired.
    detail                 TEXT    NOT NULL,
    -- Run that it comes from; empty when an event caused it.
    run                    TEXT    NOT NULL,
    known_seq              INTEGER NOT NULL,
    rulebook_hash          TEXT    NOT NULL,
    effective_at_us        INTEGER NOT NULL,
    revision               INTEGER NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (uscc, field)
) STRICT, WITHOUT ROWID;

-- Enterprises whose evidence changed while a run is in effect: they are scored again one after another, at once.
CREATE TABLE rescore_due (
    uscc  TEXT NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    -- Event that made it necessary.
    cause TEXT NOT NULL
) STRICT, WITHOUT ROWID;
