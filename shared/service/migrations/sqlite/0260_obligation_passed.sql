-- The offices above to which an overdue duty has passed, one above the other from step 1; to each of them once.
CREATE TABLE obligation_passed (
    obligation INTEGER NOT NULL REFERENCES obligation (id) ON DELETE CASCADE,
    step       INTEGER NOT NULL CHECK (step >= 1),
    office     TEXT NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    passed_on  TEXT NOT NULL CHECK (length(passed_on) = 10),
    PRIMARY KEY (obligation, step),
    UNIQUE (obligation, office)
) STRICT;
-- The work list of an office: what has passed to it.
CREATE INDEX obligation_passed_to ON obligation_passed (office, obligation);
