-- An outcome may change a listing: its ground, or the last day of its term; empty where it is as it was.
CREATE TABLE entry_remedy_whole (
    id            TEXT NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    -- Name of the entry or case, and what narrows who may see it; empty field for the directory.
    entry         TEXT NOT NULL,
    uscc          TEXT NOT NULL CHECK (length(uscc) = 18),
    field         TEXT NOT NULL,
    division      TEXT NOT NULL,
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    document_no   TEXT NOT NULL,
    accepted_on   TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('Pending', 'Suspended', 'Upheld', 'Changed', 'Annulled', 'Discontinued')),
    -- The last order to suspend, and since when it does; empty while none does.
    order_no      TEXT NOT NULL DEFAULT '',
    suspended_on  TEXT,
    acted_on      TEXT NOT NULL,
    outcome       TEXT NOT NULL DEFAULT '',
    outcome_no    TEXT NOT NULL DEFAULT '',
    decided_on    TEXT,
    summary       TEXT NOT NULL DEFAULT '',
    changed_ground TEXT NOT NULL DEFAULT '',
    changed_term_ends_on TEXT,
    revision      INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL
) STRICT;
INSERT INTO entry_remedy_whole (id, entry, uscc, field, division, kind, body, document_no, accepted_on, state, order_no, suspended_on, acted_on, outcome,
    outcome_no, decided_on, summary, revision, updated_at_us)
SELECT id, entry, uscc, field, division, kind, body, document_no, accepted_on, state, order_no, suspended_on, acted_on, outcome,
    outcome_no, decided_on, summary, revision, updated_at_us
FROM entry_remedy;
DROP TABLE entry_remedy;
ALTER TABLE entry_remedy_whole RENAME TO entry_remedy;
-- One matter of a body about one entry is registered once.
CREATE UNIQUE INDEX entry_remedy_once ON entry_remedy (entry, kind, body, document_no);
