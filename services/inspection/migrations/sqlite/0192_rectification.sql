-- Rectification of what a visit found (state machine 6). What is empty before a step is the empty text or no value.
CREATE TABLE rectification (
    task            TEXT NOT NULL,
    uscc            TEXT NOT NULL CHECK (length(uscc) = 18),
    field           TEXT NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    division        TEXT NOT NULL CHECK (length(division) BETWEEN 4 AND 12),
    -- Office that leads the task: it answers for the duties.
    owner           TEXT NOT NULL CHECK (length(owner) BETWEEN 2 AND 32),
    state           TEXT NOT NULL CHECK (state IN ('Ordered', 'Reported', 'Closed', 'CaseOpened')),
    ordered_on      TEXT NOT NULL,
    rectify_by      TEXT,
    reported_on     TEXT,
    report          TEXT NOT NULL CHECK (length(report) <= 2000),
    recheck_by      TEXT,
    rechecked_on    TEXT,
    recheck_note    TEXT NOT NULL CHECK (length(recheck_note) <= 2000),
    failed_rechecks INTEGER NOT NULL CHECK (failed_rechecks >= 0),
    case_no         TEXT NOT NULL CHECK (length(case_no) <= 100),
    revision        INTEGER NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (task, uscc),
    FOREIGN KEY (task, uscc) REFERENCES visit (task, uscc)
) STRICT;
CREATE INDEX rectification_open ON rectification (rectify_by) WHERE state = 'Ordered';

-- Last day that the inspectors set; no value where the rulebook's period holds.
ALTER TABLE visit ADD COLUMN rectify_by TEXT;
