-- Machine 7 whole: objections, dismissed suspicions, and what the four grounds need. A sole trader is marked, not entered in the
-- directory (kind MARK).
CREATE TABLE abnormal_entry_whole (
    id            TEXT   NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    kind          TEXT   NOT NULL CHECK (kind IN ('DIRECTORY', 'MARK')),
    uscc          TEXT   NOT NULL CHECK (length(uscc) = 18),
    party_name    TEXT   NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    division      TEXT   NOT NULL,
    ground        TEXT   NOT NULL,
    facts         TEXT   NOT NULL CHECK (length(facts) <= 1000),
    -- End of the period or of the order that the ground counts from; empty where it counts from verification.
    lapsed_on     TEXT,
    state         TEXT   NOT NULL CHECK (state IN ('Suspected', 'Verifying', 'ListProposed', 'Listed', 'Objected', 'RemovalRequested', 'Removed',
        'RevokedByError', 'Dismissed')),
    last_actor    TEXT   NOT NULL,
    listed_on     TEXT,
    decision_no   TEXT,
    removed_on    TEXT,
    -- Code of the rulebook's set `abnormal_removal_ground`; empty before a removal is asked for.
    removal_ground TEXT  NOT NULL DEFAULT '',
    due_on        TEXT,
    acted_on      TEXT,
    -- First day of an order that suspends the entry; empty while none does.
    suspended_on  TEXT,
    -- Event of another service that opened the entry; empty when an officer did.
    source_event  TEXT   NOT NULL DEFAULT '',
    revision      INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL
) STRICT;
INSERT INTO abnormal_entry_whole (id, kind, uscc, party_name, division, ground, facts, state, last_actor, listed_on, decision_no,
    removed_on, due_on, acted_on, source_event, revision, updated_at_us)
SELECT id, 'DIRECTORY', uscc, party_name, division, ground, facts,
    -- A suspicion that did not hold was written as an error of a listing that there never was.
    CASE WHEN state = 'RevokedByError' AND listed_on IS NULL THEN 'Dismissed' ELSE state END,
    last_actor, listed_on, decision_no, removed_on, due_on, acted_on, source_event, revision, updated_at_us
FROM abnormal_entry;
DROP TABLE abnormal_entry;
ALTER TABLE abnormal_entry_whole RENAME TO abnormal_entry;
CREATE INDEX abnormal_entry_by_uscc ON abnormal_entry (uscc, id);
CREATE INDEX abnormal_entry_by_state ON abnormal_entry (state, id);
-- One live entry for each ground of an enterprise (design §5: a rule over several rows is a unique index).
CREATE UNIQUE INDEX abnormal_entry_live ON abnormal_entry (uscc, kind, ground)
    WHERE state NOT IN ('Removed', 'RevokedByError', 'Dismissed');
-- The letters that verify that nobody can be reached.
CREATE TABLE abnormal_letter (
    entry         TEXT   NOT NULL REFERENCES abnormal_entry (id),
    number        INTEGER NOT NULL CHECK (number > 0),
    document_no   TEXT   NOT NULL,
    sent_on       TEXT   NOT NULL,
    unsigned      INTEGER NOT NULL CHECK (unsigned IN (0, 1)),
    officer       TEXT   NOT NULL,
    PRIMARY KEY (entry, number)
) STRICT;
