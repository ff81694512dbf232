-- Visits of drawn objects and what was found (state machine 6, result per object).
CREATE TABLE visit (
    task            TEXT NOT NULL REFERENCES task (name),
    uscc            TEXT NOT NULL CHECK (length(uscc) = 18),
    position        INTEGER NOT NULL CHECK (position >= 0),
    field           TEXT NOT NULL,
    division        TEXT NOT NULL,
    inspectors      TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('NotEntered', 'PendingReview', 'Returned', 'Approved',
        'Published', 'FollowUp')),
    -- Whether an approved result stands that nothing has to replace.
    settled         INTEGER NOT NULL,
    result          TEXT NOT NULL CHECK (length(result) <= 40),
    visited_on      TEXT,
    critical_count  INTEGER NOT NULL CHECK (critical_count BETWEEN 0 AND 100000),
    serious_count   INTEGER NOT NULL CHECK (serious_count BETWEEN 0 AND 100000),
    minor_count     INTEGER NOT NULL CHECK (minor_count BETWEEN 0 AND 100000),
    findings        TEXT NOT NULL CHECK (length(findings) <= 2000),
    entered_by      TEXT NOT NULL,
    review_reason   TEXT NOT NULL CHECK (length(review_reason) <= 500),
    publish_by      TEXT,
    published_at_us INTEGER,
    revision        INTEGER NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (task, uscc)
) STRICT;
CREATE UNIQUE INDEX visit_in_order ON visit (task, position);
CREATE INDEX visit_by_uscc ON visit (uscc, task, position);
CREATE INDEX visit_open ON visit (task) WHERE NOT settled;
CREATE INDEX visit_approved ON visit (task, position) WHERE state = 'Approved';
