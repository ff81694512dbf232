-- Remedies against listings. A row is never deleted.
CREATE TABLE entry_remedy (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    -- Name of the entry or case, and what narrows who may see it; empty field for the directory.
    entry         TEXT COLLATE "C" NOT NULL,
    uscc          TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    field         TEXT COLLATE "C" NOT NULL,
    division      TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    body          TEXT COLLATE "C" NOT NULL,
    document_no   TEXT COLLATE "C" NOT NULL,
    accepted_on   TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('Pending', 'Suspended', 'Upheld', 'Annulled', 'Discontinued')),
    -- The last order to suspend, and since when it does; empty while none does.
    order_no      TEXT COLLATE "C" NOT NULL DEFAULT '',
    suspended_on  TEXT COLLATE "C",
    acted_on      TEXT COLLATE "C" NOT NULL,
    outcome       TEXT COLLATE "C" NOT NULL DEFAULT '',
    outcome_no    TEXT COLLATE "C" NOT NULL DEFAULT '',
    decided_on    TEXT COLLATE "C",
    summary       TEXT COLLATE "C" NOT NULL DEFAULT '',
    revision      BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL
);
-- One matter of a body about one entry is registered once.
CREATE UNIQUE INDEX entry_remedy_once ON entry_remedy (entry, kind, body, document_no);
