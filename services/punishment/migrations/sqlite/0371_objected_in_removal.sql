-- An objection and a removal of one entry are open side by side: a state of machine 7, and who took the last step about the objection,
-- which a second person answers. Empty while none is open.
-- SQLite cannot change a check, so the table is made again; the letters, which refer to it, are put aside meanwhile.
CREATE TABLE abnormal_letter_aside AS SELECT * FROM abnormal_letter;
DROP TABLE abnormal_letter;
CREATE TABLE abnormal_entry_anew (
    id            TEXT   NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    kind          TEXT   NOT NULL CHECK (kind IN ('DIRECTORY', 'MARK')),
    uscc          TEXT   NOT NULL CHECK (length(uscc) = 18),
    party_name    TEXT   NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    division      TEXT   NOT NULL,
    ground        TEXT   NOT NULL,
    facts         TEXT   NOT NULL CHECK (length(facts) <= 1000),
    -- End of the period or of the order that the ground counts from; empty where it counts from verification.
    lapsed_on     TEXT,
    state         TEXT   NOT NULL CHECK (state IN ('Suspected', 'Verifying', 'ListProposed', 'Listed', 'Objected', 'RemovalRequested',
        'ObjectedRemovalRequested', 'Removed', 'RevokedByError', 'Dismissed')),
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
    updated_at_us INTEGER NOT NULL,
    -- What was told of the length of a stay: nothing, that it will be full, that it is.
    stay_told     TEXT   NOT NULL DEFAULT '' CHECK (stay_told IN ('', 'NOTICE', 'FULL')),
    -- Day on which the office that handles cases was asked to consider the revocation of the licence; empty before.
    revocation_asked_on TEXT,
    -- Office that decided the listing; empty before, and for what was written before.
    decided_by    TEXT   NOT NULL DEFAULT '',
    -- The order to publish, where the ground of an entry rests on one: its number and its day; empty for all others.
    order_no      TEXT,
    ordered_on    TEXT,
    -- The day on which what a removal was asked for was found true, where the period for the decision counts from that.
    removal_verified_on TEXT,
    -- The day on which a removal was refused last; empty where none was.
    removal_refused_on TEXT,
    -- Who took the last step about the objection that is open; empty while none is.
    objection_actor TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO abnormal_entry_anew (id, kind, uscc, party_name, division, ground, facts, lapsed_on, state, last_actor, listed_on, decision_no, removed_on,
    removal_ground, due_on, acted_on, suspended_on, source_event, revision, updated_at_us, stay_told, revocation_asked_on, decided_by,
    order_no, ordered_on, removal_verified_on, removal_refused_on, objection_actor)
SELECT id, kind, uscc, party_name, division, ground, facts, lapsed_on, state, last_actor, listed_on, decision_no, removed_on,
    removal_ground, due_on, acted_on, suspended_on, source_event, revision, updated_at_us, stay_told, revocation_asked_on, decided_by,
    order_no, ordered_on, removal_verified_on, removal_refused_on,
    CASE state WHEN 'Objected' THEN last_actor ELSE '' END
FROM abnormal_entry;
DROP TABLE abnormal_entry;
ALTER TABLE abnormal_entry_anew RENAME TO abnormal_entry;
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
INSERT INTO abnormal_letter (entry, number, document_no, sent_on, unsigned, officer)
SELECT entry, number, document_no, sent_on, unsigned, officer FROM abnormal_letter_aside;
DROP TABLE abnormal_letter_aside;
