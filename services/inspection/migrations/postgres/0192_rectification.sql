-- Rectification of what a visit found (state machine 6). What is empty before a step is the empty text or no value.
CREATE TABLE rectification (
    task            TEXT COLLATE "C" NOT NULL,
    uscc            TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    field           TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    division        TEXT COLLATE "C" NOT NULL CHECK (length(division) BETWEEN 4 AND 12),
    -- Office that leads the task: it answers for the duties.
    owner           TEXT COLLATE "C" NOT NULL CHECK (length(owner) BETWEEN 2 AND 32),
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('Ordered', 'Reported', 'Closed', 'CaseOpened')),
    ordered_on      DATE NOT NULL,
    rectify_by      DATE,
    reported_on     DATE,
    report          TEXT COLLATE "C" NOT NULL CHECK (length(report) <= 2000),
    recheck_by      DATE,
    rechecked_on    DATE,
    recheck_note    TEXT COLLATE "C" NOT NULL CHECK (length(recheck_note) <= 2000),
    failed_rechecks BIGINT NOT NULL CHECK (failed_rechecks >= 0),
    case_no         TEXT COLLATE "C" NOT NULL CHECK (length(case_no) <= 100),
    revision        BIGINT NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (task, uscc),
    FOREIGN KEY (task, uscc) REFERENCES visit (task, uscc)
);
CREATE INDEX rectification_open ON rectification (rectify_by) WHERE state = 'Ordered';

-- Last day that the inspectors set; no value where the rulebook's period holds.
ALTER TABLE visit ADD COLUMN rectify_by DATE;
