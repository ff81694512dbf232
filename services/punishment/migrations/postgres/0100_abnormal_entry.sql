-- Entries in the directory of abnormal operations. A row is never deleted: a removal is a state.
CREATE TABLE abnormal_entry (
    id            TEXT COLLATE "C"   NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    uscc          TEXT COLLATE "C"   NOT NULL CHECK (length(uscc) = 18),
    party_name    TEXT COLLATE "C"   NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    division      TEXT COLLATE "C"   NOT NULL,
    ground        TEXT COLLATE "C"   NOT NULL,
    facts         TEXT COLLATE "C"   NOT NULL CHECK (length(facts) <= 1000),
    state         TEXT COLLATE "C"   NOT NULL CHECK (state IN ('Suspected', 'Verifying', 'ListProposed', 'Listed', 'RemovalRequested',
                                                 'Removed', 'RevokedByError')),
    last_actor    TEXT COLLATE "C"   NOT NULL,
    listed_on     TEXT COLLATE "C",
    decision_no   TEXT COLLATE "C",
    removed_on    TEXT COLLATE "C",
    due_on        TEXT COLLATE "C",
    -- Event of another service that opened the entry; empty when an officer did.
    source_event  TEXT COLLATE "C"   NOT NULL DEFAULT '',
    revision      BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL
);
CREATE INDEX abnormal_entry_by_uscc ON abnormal_entry (uscc, id);
CREATE INDEX abnormal_entry_by_state ON abnormal_entry (state, id);
-- One live entry for each ground of an enterprise (design §5: a rule over several rows is a unique index).
CREATE UNIQUE INDEX abnormal_entry_live ON abnormal_entry (uscc, ground)
    WHERE state NOT IN ('Removed', 'RevokedByError');
