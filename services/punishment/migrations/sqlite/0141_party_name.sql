-- Names of parties as the registry tells them, present and former: a copy that can be made again.
CREATE TABLE party_name (
    -- The form in which two spellings of one name are equal.
    name_key   TEXT    NOT NULL,
    uscc       TEXT    NOT NULL,
    legal_name TEXT    NOT NULL,
    -- Whether the party has another name now.
    former     INTEGER NOT NULL CHECK (former IN (0, 1)),
    PRIMARY KEY (name_key, uscc)
) STRICT, WITHOUT ROWID;
CREATE INDEX party_name_present ON party_name (uscc) WHERE former = 0;
