-- What records said before they were corrected. `record` holds what they say now; a row here, what stood until `replaced_us`
-- and why it was replaced. `content` is as there.
CREATE TABLE record_past (
    record_id   TEXT COLLATE "C" NOT NULL CHECK (length(record_id) = 32),
    -- Revision of the record when this was replaced.
    revision    BIGINT NOT NULL CHECK (revision >= 1),
    content     BYTEA NOT NULL CHECK (length(content) <= 65536),
    -- State in which it was replaced.
    state       TEXT COLLATE "C" NOT NULL CHECK (length(state) <= 20),
    replaced_us BIGINT NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    legal_basis TEXT COLLATE "C" NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 500),
    officer     TEXT COLLATE "C" NOT NULL CHECK (length(officer) BETWEEN 1 AND 200),
    office      TEXT COLLATE "C" NOT NULL CHECK (length(office) BETWEEN 1 AND 40),
    -- Objection or remedy that it follows from, by its name; empty when the provider corrects of its own accord.
    cause       TEXT COLLATE "C" NOT NULL CHECK (length(cause) <= 50),
    PRIMARY KEY (record_id, revision)
);
