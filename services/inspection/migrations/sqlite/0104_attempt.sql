-- A draw for which no assignment of inspectors is possible has failed; the task may announce another attempt.

-- Why the last attempt failed; empty when none has, and from the next announcement on.
ALTER TABLE task ADD COLUMN failure TEXT NOT NULL DEFAULT '' CHECK (length(failure) <= 2000);

-- The pool is kept from attempt to attempt; who may inspect is frozen anew for each.
CREATE TABLE attempt_inspector (
    task         TEXT NOT NULL REFERENCES task (name),
    attempt      INTEGER NOT NULL CHECK (attempt >= 1),
    local_no     TEXT NOT NULL,
    inspector_no TEXT NOT NULL REFERENCES inspector (inspector_no),
    office       TEXT NOT NULL,
    fields       TEXT NOT NULL,
    divisions    TEXT NOT NULL,
    cap          INTEGER NOT NULL,
    PRIMARY KEY (task, attempt, local_no)
) STRICT;
INSERT INTO attempt_inspector (task, attempt, local_no, inspector_no, office, fields, divisions, cap)
SELECT p.task, t.attempt, p.local_no, p.inspector_no, p.office, p.fields, p.divisions, p.cap
FROM pool_inspector p
JOIN task t ON t.name = p.task;
DROP TABLE pool_inspector;

CREATE TABLE attempt_recusal (
    task     TEXT NOT NULL REFERENCES task (name),
    attempt  INTEGER NOT NULL CHECK (attempt >= 1),
    local_no TEXT NOT NULL,
    object   TEXT NOT NULL,
    PRIMARY KEY (task, attempt, local_no, object)
) STRICT;
INSERT INTO attempt_recusal (task, attempt, local_no, object)
SELECT p.task, t.attempt, p.local_no, p.object
FROM pool_recusal p
JOIN task t ON t.name = p.task;
DROP TABLE pool_recusal;
