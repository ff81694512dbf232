-- Remedies against listings. A row is never deleted.
CREATE TABLE entry_remedy (
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
    state         TEXT NOT NULL CHECK (state IN ('Pending', 'Suspended', 'Upheld', 'Annulled', 'Discontinued')),
    -- The last order to suspend, and since when it does; empty while none does.
    order_no      TEXT NOT NULL DEFAULT '',
    suspended_on  TEXT,
    acted_on      TEXT NOT NULL,
    outcome       TEXT NOT NULL DEFAULT '',
    outcome_no    TEXT NOT NULL DEFAULT '',
    decided_on    TEXT,
    summary       TEXT NOT NULL DEFAULT '',
    revision      INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL
) STRICT;
-- One matter of a body about one entry is registered once.
CREATE UNIQUE INDEX entry_remedy_once ON entry_remedy (entry, kind, body, document_no);
