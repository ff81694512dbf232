-- Decision documents of penalties, numbered from 1 for each record; rows never change, and the latest counts. Their contents lie in
-- the archive. `content` is what is known of one, a protobuf xinjian.collection.v1.DecisionDocument; `text_digest` names the text for
-- the public that came with it, empty where none did.
CREATE TABLE decision_document (
    record_id   TEXT    NOT NULL CHECK (length(record_id) = 32),
    number      INTEGER NOT NULL CHECK (number >= 1),
    text_digest TEXT    NOT NULL CHECK (length(text_digest) IN (0, 68)),
    content     BLOB    NOT NULL CHECK (length(content) <= 8192),
    PRIMARY KEY (record_id, number)
) STRICT, WITHOUT ROWID;
