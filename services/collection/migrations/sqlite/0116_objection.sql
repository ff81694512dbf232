-- Objections to records. `content` is the objection as it stands, a protobuf xinjian.collection.v1.Objection; the columns beside
-- it are what lists and rules ask for.
CREATE TABLE objection (
    id         TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    record_id  TEXT NOT NULL CHECK (length(record_id) = 32),
    state      TEXT NOT NULL CHECK (state IN (
                   'Open', 'Verifying', 'Proposed', 'Verified', 'Founded', 'Unfounded', 'Lapsed')),
    revision   INTEGER NOT NULL CHECK (revision >= 1),
    created_us INTEGER NOT NULL,
    content    BLOB NOT NULL CHECK (length(content) <= 131072)
) STRICT;

-- One open objection to a record.
CREATE UNIQUE INDEX objection_open ON objection (record_id) WHERE state IN ('Open', 'Verifying', 'Proposed', 'Verified');
-- Serves the objections to one record.
CREATE INDEX objection_by_record ON objection (record_id, created_us, id);
-- Serves the list of objections, the latest first.
CREATE INDEX objection_by_time ON objection (created_us, id);

-- The open one, as its record shows it; empty for none.
ALTER TABLE record ADD COLUMN objection TEXT NOT NULL DEFAULT '' CHECK (length(objection) IN (0, 32));
