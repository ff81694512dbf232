-- Enterprises under supervision, one row a credit code. Open code sets (party_kind, registration_state, industry) are
-- checked against the rulebook before they come here.
CREATE TABLE enterprise (
    uscc                 TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(uscc) = 18),
    legal_name           TEXT COLLATE "C" NOT NULL CHECK (length(legal_name) BETWEEN 1 AND 200),
    party_kind           TEXT COLLATE "C" NOT NULL CHECK (length(party_kind) BETWEEN 1 AND 40),
    division             TEXT COLLATE "C" NOT NULL CHECK (length(division) BETWEEN 4 AND 12),
    industry             TEXT COLLATE "C" NOT NULL CHECK (length(industry) <= 8),
    address              TEXT COLLATE "C" NOT NULL CHECK (length(address) <= 300),
    established_on       DATE,
    capital_fen          BIGINT NOT NULL CHECK (capital_fen >= 0),
    registration_state   TEXT COLLATE "C" NOT NULL CHECK (length(registration_state) BETWEEN 1 AND 40),
    foreign_invested     BOOLEAN NOT NULL,
    legal_representative TEXT COLLATE "C" NOT NULL CHECK (length(legal_representative) <= 100),
    revision             BIGINT NOT NULL CHECK (revision >= 1),
    created_at_us        BIGINT NOT NULL,
    updated_at_us        BIGINT NOT NULL
);

-- Serves the list of one division's enterprises, in the order of their codes.
CREATE INDEX enterprise_by_division ON enterprise (division, uscc);
