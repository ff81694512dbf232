-- Versions of models and of the combination: the text that a file of the rulebook brought, which never changes, and what officers
-- have decided about it (state machine 5).
CREATE TABLE model_version (
    -- `id@version`.
    name           TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 3 AND 80),
    -- SM3 of the text, hex.
    hash           TEXT COLLATE "C" NOT NULL CHECK (length(hash) BETWEEN 1 AND 64),
    -- `general`, a key field, or `combination`: of each one version is in force on a day.
    scope          TEXT COLLATE "C" NOT NULL CHECK (length(scope) BETWEEN 2 AND 20),
    -- Whether the text is part of the program.
    shipped        BOOLEAN NOT NULL,
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('Draft', 'Shadow', 'Proposed', 'Effective', 'EndProposed', 'Retired')),
    -- Days in force, both counted. NULL: never yet; without end.
    effective_from DATE,
    effective_to   DATE,
    -- The day that is proposed: the first, or the last. NULL when nothing is.
    proposed_day   DATE,
    -- Who proposed it; empty when nothing is.
    proposed_by    TEXT COLLATE "C" NOT NULL,
    first_seen_us  BIGINT NOT NULL,
    revision       BIGINT NOT NULL CHECK (revision >= 1),
    -- Name of the file of the rulebook, without folder and ending.
    file           TEXT COLLATE "C" NOT NULL CHECK (length(file) BETWEEN 1 AND 200),
    text           TEXT COLLATE "C" NOT NULL
);

-- What was done about a version, step by step; never changed.
CREATE TABLE model_step (
    name        TEXT COLLATE "C" NOT NULL REFERENCES model_version (name),
    revision    BIGINT NOT NULL CHECK (revision >= 1),
    event       TEXT COLLATE "C" NOT NULL CHECK (length(event) BETWEEN 1 AND 40),
    actor       TEXT COLLATE "C" NOT NULL,
    office      TEXT COLLATE "C" NOT NULL,
    -- The day that the step is about: the first or the last one in force. NULL when it is about none.
    day         DATE,
    reason      TEXT COLLATE "C" NOT NULL CHECK (length(reason) <= 200),
    legal_basis TEXT COLLATE "C" NOT NULL CHECK (length(legal_basis) <= 200),
    at_us       BIGINT NOT NULL,
    PRIMARY KEY (name, revision)
);
