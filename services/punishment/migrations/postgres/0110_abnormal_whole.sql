-- Machine 7 whole: objections, dismissed suspicions, and what the four grounds need. A sole trader is marked, not entered in the
-- directory (kind MARK).
ALTER TABLE abnormal_entry DROP CONSTRAINT abnormal_entry_state_check;
-- A suspicion that did not hold was written as an error of a listing that there never was.
UPDATE abnormal_entry SET state = 'Dismissed' WHERE state = 'RevokedByError' AND listed_on IS NULL;
ALTER TABLE abnormal_entry
    ADD CONSTRAINT abnormal_entry_state_check CHECK (state IN ('Suspected', 'Verifying', 'ListProposed', 'Listed', 'Objected', 'RemovalRequested', 'Removed',
        'RevokedByError', 'Dismissed')),
    ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'DIRECTORY' CHECK (kind IN ('DIRECTORY', 'MARK')),
    -- End of the period or of the order that the ground counts from; empty where it counts from verification.
    ADD COLUMN lapsed_on TEXT COLLATE "C",
    -- Code of the rulebook's set `abnormal_removal_ground`; empty before a removal is asked for.
    ADD COLUMN removal_ground TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- First day of an order that suspends the entry; empty while none does.
    ADD COLUMN suspended_on TEXT COLLATE "C";
-- One live entry for each ground of an enterprise (design §5: a rule over several rows is a unique index).
DROP INDEX abnormal_entry_live;
CREATE UNIQUE INDEX abnormal_entry_live ON abnormal_entry (uscc, kind, ground)
    WHERE state NOT IN ('Removed', 'RevokedByError', 'Dismissed');
-- The letters that verify that nobody can be reached.
CREATE TABLE abnormal_letter (
    entry         TEXT COLLATE "C"   NOT NULL REFERENCES abnormal_entry (id),
    number        BIGINT NOT NULL CHECK (number > 0),
    document_no   TEXT COLLATE "C"   NOT NULL,
    sent_on       TEXT COLLATE "C"   NOT NULL,
    unsigned      BIGINT NOT NULL CHECK (unsigned IN (0, 1)),
    officer       TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (entry, number)
);
