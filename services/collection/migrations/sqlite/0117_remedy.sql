-- Remedies against the decisions behind records. `content` is the remedy as it stands, a protobuf xinjian.collection.v1.Remedy; the
-- columns beside it are what lists and rules ask for.
CREATE TABLE remedy (
    id         TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    record_id  TEXT NOT NULL CHECK (length(record_id) = 32),
    state      TEXT NOT NULL CHECK (state IN ('Pending', 'Suspended', 'Upheld', 'Changed', 'Annulled', 'Discontinued')),
    revision   INTEGER NOT NULL CHECK (revision >= 1),
    created_us INTEGER NOT NULL,
    content    BLOB NOT NULL CHECK (length(content) <= 131072)
) STRICT;

-- Serves the remedies about one record, and the search for one that suspends it.
CREATE INDEX remedy_by_record ON remedy (record_id, created_us, id);
-- Serves the list of remedies, the latest first.
CREATE INDEX remedy_by_time ON remedy (created_us, id);

-- The remedy that suspends enforcement of the decision behind a record, as the record shows it; empty for none.
ALTER TABLE record ADD COLUMN suspended_by TEXT NOT NULL DEFAULT '' CHECK (length(suspended_by) IN (0, 32));
