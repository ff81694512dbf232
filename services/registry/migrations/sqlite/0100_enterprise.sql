-- Enterprises under supervision, one row a credit code. Open code sets (party_kind, registration_state, industry) are
-- checked against the rulebook before they come here.
CREATE TABLE enterprise (
    uscc                 TEXT    NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    legal_name           TEXT    NOT NULL CHECK (length(legal_name) BETWEEN 1 AND 200),
    party_kind           TEXT    NOT NULL CHECK (length(party_kind) BETWEEN 1 AND 40),
    division             TEXT    NOT NULL CHECK (length(division) BETWEEN 4 AND 12),
    industry             TEXT    NOT NULL CHECK (length(industry) <= 8),
    address              TEXT    NOT NULL CHECK (length(address) <= 300),
    established_on       TEXT             CHECK (length(established_on) = 10),
    capital_fen          INTEGER NOT NULL CHECK (capital_fen >= 0),
    registration_state   TEXT    NOT NULL CHECK (length(registration_state) BETWEEN 1 AND 40),
    foreign_invested     INTEGER NOT NULL CHECK (foreign_invested IN (0, 1)),
    legal_representative TEXT    NOT NULL CHECK (length(legal_representative) <= 100),
    revision             INTEGER NOT NULL CHECK (revision >= 1),
    created_at_us        INTEGER NOT NULL,
    updated_at_us        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Serves the list of one division's enterprises, in the order of their codes.
CREATE INDEX enterprise_by_division ON enterprise (division, uscc);
