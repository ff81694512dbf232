-- What is due: written in the transactions that open and fulfil it. `due_on` is empty while the calendar that it
-- depends on is not loaded; `field` and `division` are empty where the subject has none.
CREATE TABLE obligation (
    id        INTEGER NOT NULL PRIMARY KEY,
    subject   TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 300),
    kind      TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    office    TEXT NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    field     TEXT NOT NULL CHECK (length(field) <= 20),
    division  TEXT NOT NULL CHECK (length(division) <= 20),
    parameter TEXT NOT NULL CHECK (length(parameter) BETWEEN 1 AND 100),
    start_on  TEXT NOT NULL CHECK (length(start_on) = 10),
    due_on    TEXT CHECK (length(due_on) = 10),
    done_on   TEXT CHECK (length(done_on) = 10),
    done_by   TEXT CHECK (length(done_by) BETWEEN 1 AND 200),
    CHECK ((done_on IS NULL) = (done_by IS NULL))
) STRICT;
-- One open duty of a kind for one subject and office.
CREATE UNIQUE INDEX obligation_open ON obligation (subject, kind, office) WHERE done_on IS NULL;
CREATE INDEX obligation_due ON obligation (COALESCE(due_on, '9999-12-31'), id) WHERE done_on IS NULL;
