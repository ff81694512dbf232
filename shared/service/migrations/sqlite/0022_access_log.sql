-- Each read of confidential data: who, what, when, why. Never an event.
CREATE TABLE confidential_read (
    id        INTEGER NOT NULL PRIMARY KEY,
    subject    TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 300),
    method     TEXT    NOT NULL CHECK (length(method) BETWEEN 1 AND 200),
    purpose    TEXT    NOT NULL CHECK (length(purpose) <= 500),
    reader     TEXT    NOT NULL CHECK (length(reader) BETWEEN 1 AND 200),
    office     TEXT    NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    read_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX confidential_read_by_subject ON confidential_read (subject, read_at_us);
CREATE INDEX confidential_read_by_reader ON confidential_read (reader, read_at_us);
