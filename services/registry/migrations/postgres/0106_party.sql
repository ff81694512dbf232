-- Parties without a credit code: as little as possible, and erasable. Both texts are empty once erased.
CREATE TABLE party (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    legal_name    TEXT COLLATE "C" NOT NULL CHECK (length(legal_name) <= 200),
    party_kind    TEXT COLLATE "C" NOT NULL CHECK (length(party_kind) BETWEEN 1 AND 40),
    division      TEXT COLLATE "C" NOT NULL CHECK (length(division) BETWEEN 4 AND 12),
    related_uscc  TEXT COLLATE "C" NOT NULL CHECK (length(related_uscc) IN (0, 18)),
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    created_at_us BIGINT NOT NULL,
    erased_at_us  BIGINT
);

-- Serves the list of one division's parties, in the order of their names.
CREATE INDEX party_by_division ON party (division, id);
