-- Visits of drawn objects and what was found (state machine 6, result per object).
CREATE TABLE visit (
    task            TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    uscc            TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    position        BIGINT NOT NULL CHECK (position >= 0),
    field           TEXT COLLATE "C" NOT NULL,
    division        TEXT COLLATE "C" NOT NULL,
    inspectors      TEXT COLLATE "C" NOT NULL,
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('NotEntered', 'PendingReview', 'Returned', 'Approved',
        'Published', 'FollowUp')),
    -- Whether an approved result stands that nothing has to replace.
    settled         BOOLEAN NOT NULL,
    result          TEXT COLLATE "C" NOT NULL CHECK (length(result) <= 40),
    visited_on      DATE,
    critical_count  BIGINT NOT NULL CHECK (critical_count BETWEEN 0 AND 100000),
    serious_count   BIGINT NOT NULL CHECK (serious_count BETWEEN 0 AND 100000),
    minor_count     BIGINT NOT NULL CHECK (minor_count BETWEEN 0 AND 100000),
    findings        TEXT COLLATE "C" NOT NULL CHECK (length(findings) <= 2000),
    entered_by      TEXT COLLATE "C" NOT NULL,
    review_reason   TEXT COLLATE "C" NOT NULL CHECK (length(review_reason) <= 500),
    publish_by      DATE,
    published_at_us BIGINT,
    revision        BIGINT NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (task, uscc)
);
CREATE UNIQUE INDEX visit_in_order ON visit (task, position);
CREATE INDEX visit_by_uscc ON visit (uscc, task, position);
CREATE INDEX visit_open ON visit (task) WHERE NOT settled;
CREATE INDEX visit_approved ON visit (task, position) WHERE state = 'Approved';
