-- Measures follow from what records trigger, too: rows with the same life as those of an entry.
CREATE TABLE measure_of_all (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    -- Name of the entry or record that triggers it, its list or kind and the number of the decision.
    entry         TEXT    NOT NULL,
    list          TEXT    NOT NULL CHECK (list IN ('ABNORMAL', 'SERIOUS', 'BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED',
        'PENALTIES_IN_YEAR')),
    decision_no   TEXT    NOT NULL,
    uscc          TEXT    NOT NULL CHECK (length(uscc) = 18),
    party_name    TEXT    NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    division      TEXT    NOT NULL,
    code          TEXT    NOT NULL,
    label         TEXT    NOT NULL,
    object        TEXT    NOT NULL,
    basis         TEXT    NOT NULL CHECK (length(basis) > 0),
    -- The article that lets it reduce rights; empty where it reduces none.
    rights_basis  TEXT    NOT NULL,
    implementer   TEXT    NOT NULL,
    edition       TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('Derived', 'Confirmed', 'Sent', 'Acknowledged', 'InForce', 'FeedbackDue', 'Ended',
                                          'EndSent', 'EndAcknowledged', 'Contested')),
    -- Who published the entry (the system for a record), and who confirmed the measure: each decides what the other did not.
    derived_by    TEXT    NOT NULL,
    confirmed_by  TEXT,
    starts_on     TEXT    NOT NULL,
    ended_on      TEXT,
    end_reason    TEXT    NOT NULL DEFAULT '',
    contest       TEXT    NOT NULL DEFAULT '' CHECK (length(contest) <= 500),
    -- Revisions under which the systems were told of it and of its end.
    told_revision INTEGER,
    end_revision  INTEGER,
    revision      INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL
) STRICT;
INSERT INTO measure_of_all (id, entry, list, decision_no, uscc, party_name, division, code, label, object, basis, rights_basis,
    implementer, edition, state, derived_by, confirmed_by, starts_on, ended_on, end_reason, contest, told_revision, end_revision, revision,
    updated_at_us)
SELECT id, entry, list, decision_no, uscc, party_name, division, code, label, object, basis, rights_basis,
    implementer, edition, state, derived_by, confirmed_by, starts_on, ended_on, end_reason, contest, told_revision, end_revision, revision,
    updated_at_us
FROM measure;
DROP TABLE measure;
ALTER TABLE measure_of_all RENAME TO measure;
CREATE INDEX measure_by_uscc ON measure (uscc, id);
CREATE INDEX measure_by_entry ON measure (entry, id);
CREATE INDEX measure_by_state ON measure (state, id);
-- One live measure of each kind for an entry: what is derived twice is there once.
CREATE UNIQUE INDEX measure_live ON measure (entry, code)
    WHERE state NOT IN ('Ended', 'EndSent', 'EndAcknowledged');
-- What a day ends is looked for among these alone.
CREATE INDEX measure_of_records ON measure (entry)
    WHERE list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR')
        AND state NOT IN ('Ended', 'EndSent', 'EndAcknowledged');
-- The change after which the measures of what a record triggers were brought up to date; what has changed since is looked at.
ALTER TABLE standing ADD COLUMN measured_no INTEGER NOT NULL DEFAULT 0;
CREATE INDEX standing_unmeasured ON standing (name)
    WHERE list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR') AND change_no > measured_no;
-- How far collection's feed had been read when measures followed it last: a copy that is being made again is waited for, and so is the one
-- that is read once more after this step. Where the reader of the penalties has gone with 0153 already, another reader of that feed tells
-- how far.
ALTER TABLE standing_version ADD COLUMN records_seq INTEGER NOT NULL DEFAULT 0;
UPDATE standing_version
SET records_seq = COALESCE((
    SELECT MAX(seq) FROM feed_cursor WHERE feed = 'collection' AND consumer IN ('punishment-records', 'basis-fell')), 0);
-- Whom a broken commitment is about, and where, as its record told last: a measure says so. A copy, as `penalty` is.
CREATE TABLE breach_party (
    record     TEXT NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 80),
    party_name TEXT NOT NULL,
    division   TEXT NOT NULL
) STRICT;
-- Days on which the decision of a record was suspended: since when it is, empty while it is not, and the suspensions that have ended,
-- `first day/day on which it counted again` of each, joined by ';'. Apart from the record: an order may come while nobody knows whom that
-- is about. A copy, as `penalty` is.
CREATE TABLE record_suspension (
    record       TEXT NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 80),
    suspended_on TEXT,
    suspensions  TEXT NOT NULL DEFAULT ''
) STRICT;
-- What was copied so far does not know these days. The reader of the records has another name and reads all of them once more, over what
-- is there: nothing is left of the old reader. The tables of the feed, 0040, are there before this step.
DELETE FROM feed_parked WHERE consumer = 'punishment-records';
DELETE FROM feed_cursor WHERE consumer = 'punishment-records';
