-- The offices above to which an overdue duty has passed, one above the other from step 1; to each of them once.
CREATE TABLE obligation_passed (
    obligation BIGINT NOT NULL REFERENCES obligation (id) ON DELETE CASCADE,
    step       BIGINT NOT NULL CHECK (step >= 1),
    office     TEXT COLLATE "C" NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    passed_on  TEXT COLLATE "C" NOT NULL CHECK (length(passed_on) = 10),
    PRIMARY KEY (obligation, step),
    UNIQUE (obligation, office)
);
-- The work list of an office: what has passed to it.
CREATE INDEX obligation_passed_to ON obligation_passed (office, obligation);
