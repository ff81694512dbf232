-- Each read of confidential data: who, what, when, why. Never an event.
CREATE TABLE confidential_read (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject    TEXT COLLATE "C" NOT NULL CHECK (length(subject) BETWEEN 1 AND 300),
    method     TEXT COLLATE "C" NOT NULL CHECK (length(method) BETWEEN 1 AND 200),
    purpose    TEXT COLLATE "C" NOT NULL CHECK (length(purpose) <= 500),
    reader     TEXT COLLATE "C" NOT NULL CHECK (length(reader) BETWEEN 1 AND 200),
    office     TEXT COLLATE "C" NOT NULL CHECK (length(office) BETWEEN 2 AND 32),
    read_at_us BIGINT           NOT NULL
);
CREATE INDEX confidential_read_by_subject ON confidential_read (subject, read_at_us);
CREATE INDEX confidential_read_by_reader ON confidential_read (reader, read_at_us);
