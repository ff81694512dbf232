-- Texts of letters of commitment, in versions. One that a letter was sent with never changes again.
CREATE TABLE commitment_template (
    template       TEXT COLLATE "C" NOT NULL CHECK (length(template) BETWEEN 2 AND 40),
    number         BIGINT NOT NULL CHECK (number >= 1),
    field          TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    kind           TEXT COLLATE "C" NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
    title          TEXT COLLATE "C" NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    text           TEXT COLLATE "C" NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
    effective_from DATE NOT NULL,
    effective_to   DATE,
    used           BOOLEAN NOT NULL,
    revision       BIGINT NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (template, number)
);

-- Letters of commitment (state machine 3). Division and name are the enterprise's and are read from there.
CREATE TABLE commitment (
    id                 TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    uscc               TEXT COLLATE "C" NOT NULL REFERENCES enterprise (uscc),
    field              TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    template           TEXT COLLATE "C" NOT NULL,
    number             BIGINT NOT NULL,
    state              TEXT COLLATE "C" NOT NULL CHECK (state IN (
                           'LetterIssued', 'Archived', 'Published', 'UnderCheck', 'BreachSuspected', 'CorrectionOrdered',
                           'NotCorrected', 'RevocationProposed', 'PermitRevoked', 'Lapsed')),
    office             TEXT COLLATE "C" NOT NULL CHECK (length(office) BETWEEN 1 AND 40),
    issued_on          DATE NOT NULL,
    valid_to           DATE,
    -- The signed copy: all of it, or nothing. The file lies in the archive under its digest.
    signed_on          DATE,
    file               TEXT COLLATE "C" NOT NULL CHECK (length(file) IN (0, 68)),
    file_bytes         BIGINT NOT NULL CHECK ((file_bytes > 0) = (signed_on IS NOT NULL)),
    media_type         TEXT COLLATE "C" NOT NULL CHECK (length(media_type) <= 40),
    statement          TEXT COLLATE "C" NOT NULL CHECK (length(statement) <= 1000),
    signature          TEXT COLLATE "C" NOT NULL CHECK (length(signature) IN (0, 128)),
    key_id             TEXT COLLATE "C" NOT NULL CHECK (length(key_id) <= 64),
    published_on       DATE,
    -- Revision that was last handed to the publicity system; 0 before the first time.
    pushed_revision    BIGINT NOT NULL CHECK (pushed_revision >= 0),
    acknowledged_at_us BIGINT,
    ended_on           DATE,
    revision           BIGINT NOT NULL CHECK (revision >= 1),
    updated_at_us      BIGINT NOT NULL,
    FOREIGN KEY (template, number) REFERENCES commitment_template (template, number)
);

-- One letter is in force for each enterprise and field.
CREATE UNIQUE INDEX commitment_in_force ON commitment (uscc, field) WHERE ended_on IS NULL;
-- Serves the list of one enterprise's letters, and the list of all in its order.
CREATE INDEX commitment_by_enterprise ON commitment (uscc, id);
-- Serves the list of letters in one state, and the daily search for terms that ended.
CREATE INDEX commitment_by_state ON commitment (state, uscc, id);
