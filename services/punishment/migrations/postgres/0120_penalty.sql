-- Penalties as collection tells them: a copy that can be thrown away and made again. `content` is what repair needs of the record, a
-- protobuf xinjian.collection.v1.Record.
CREATE TABLE penalty (
    record      TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 80),
    uscc        TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    document_no TEXT COLLATE "C" NOT NULL,
    content     BYTEA NOT NULL CHECK (length(content) <= 131072)
);
CREATE INDEX penalty_by_uscc ON penalty (uscc, record);
