-- Marks of enterprises in key fields (state machine 1), one a credit code and field. Division and name are the
-- enterprise's and are read from there.
CREATE TABLE mark (
    uscc            TEXT COLLATE "C" NOT NULL REFERENCES enterprise (uscc),
    field           TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN (
                        'Candidate', 'Marked', 'PushPending', 'Published', 'PushFailed', 'ChangePending', 'Removed')),
    -- Sub-kinds and numbers of the valid licences that carry it, each sorted, separated by line feeds.
    sub_kinds       TEXT COLLATE "C" NOT NULL,
    licence_nos     TEXT COLLATE "C" NOT NULL,
    revision        BIGINT NOT NULL CHECK (revision >= 1),
    -- Revision whose content was last handed to the publicity system; 0 before the first time.
    pushed_revision BIGINT NOT NULL CHECK (pushed_revision >= 0),
    -- When the publicity system acknowledged the present content.
    published_at_us BIGINT,
    updated_at_us   BIGINT NOT NULL,
    PRIMARY KEY (uscc, field)
);

-- Serves the list of marks in one state, such as those that wait for confirmation.
CREATE INDEX mark_by_state ON mark (state, uscc, field);
-- Serves the list of one field's enterprises.
CREATE INDEX mark_by_field ON mark (field, uscc);

-- How far each daily job has come: the last day that it has done.
CREATE TABLE due_run (
    job          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    done_through DATE NOT NULL
);
