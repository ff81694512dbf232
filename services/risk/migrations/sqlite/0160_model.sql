-- Versions of models and of the combination: the text that a file of the rulebook brought, which never changes, and what officers
-- have decided about it (state machine 5).
CREATE TABLE model_version (
    -- `id@version`.
    name           TEXT    NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 3 AND 80),
    -- SM3 of the text, hex.
    hash           TEXT    NOT NULL CHECK (length(hash) BETWEEN 1 AND 64),
    -- `general`, a key field, or `combination`: of each one version is in force on a day.
    scope          TEXT    NOT NULL CHECK (length(scope) BETWEEN 2 AND 20),
    -- Whether the text is part of the program.
    shipped        INTEGER NOT NULL CHECK (shipped IN (0, 1)),
    state          TEXT    NOT NULL CHECK (state IN ('Draft', 'Shadow', 'Proposed', 'Effective', 'EndProposed', 'Retired')),
    -- Days in force, both counted. NULL: never yet; without end.
    effective_from TEXT   ,
    effective_to   TEXT   ,
    -- The day that is proposed: the first, or the last. NULL when nothing is.
    proposed_day   TEXT   ,
    -- Who proposed it; empty when nothing is.
    proposed_by    TEXT    NOT NULL,
    first_seen_us  INTEGER NOT NULL,
    revision       INTEGER NOT NULL CHECK (revision >= 1),
    -- Name of the file of the rulebook, without folder and ending.
    file           TEXT    NOT NULL CHECK (length(file) BETWEEN 1 AND 200),
    text           TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- What was done about a version, step by step; never changed.
CREATE TABLE model_step (
    name        TEXT    NOT NULL REFERENCES model_version (name),
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    event       TEXT    NOT NULL CHECK (length(event) BETWEEN 1 AND 40),
    actor       TEXT    NOT NULL,
    office      TEXT    NOT NULL,
    -- The day that the step is about: the first or the last one in force. NULL when it is about none.
    day         TEXT   ,
    reason      TEXT    NOT NULL CHECK (length(reason) <= 200),
    legal_basis TEXT    NOT NULL CHECK (length(legal_basis) <= 200),
    at_us       INTEGER NOT NULL,
    PRIMARY KEY (name, revision)
) STRICT, WITHOUT ROWID;
