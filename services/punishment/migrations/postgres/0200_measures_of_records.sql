-- Measures follow from what records trigger, too: rows with the same life as those of an entry.
ALTER TABLE measure DROP CONSTRAINT measure_list_check;
ALTER TABLE measure
    ADD CONSTRAINT measure_list_check CHECK (list IN ('ABNORMAL', 'SERIOUS', 'BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED',
        'PENALTIES_IN_YEAR'));
-- What a day ends is looked for among these alone.
CREATE INDEX measure_of_records ON measure (entry)
    WHERE list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR')
        AND state NOT IN ('Ended', 'EndSent', 'EndAcknowledged');
-- The change after which the measures of what a record triggers were brought up to date; what has changed since is looked at.
ALTER TABLE standing ADD COLUMN measured_no BIGINT NOT NULL DEFAULT 0;
CREATE INDEX standing_unmeasured ON standing (name)
    WHERE list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR') AND change_no > measured_no;
-- How far collection's feed had been read when measures followed it last: a copy that is being made again is waited for, and so is the one
-- that is read once more after this step. Where the reader of the penalties has gone with 0153 already, another reader of that feed tells
-- how far.
ALTER TABLE standing_version ADD COLUMN records_seq BIGINT NOT NULL DEFAULT 0;
UPDATE standing_version
SET records_seq = COALESCE((
    SELECT MAX(seq) FROM feed_cursor WHERE feed = 'collection' AND consumer IN ('punishment-records', 'basis-fell')), 0);
-- Whom a broken commitment is about, and where, as its record told last: a measure says so. A copy, as `penalty` is.
CREATE TABLE breach_party (
    record     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 80),
    party_name TEXT COLLATE "C" NOT NULL,
    division   TEXT COLLATE "C" NOT NULL
);
-- Days on which the decision of a record was suspended: since when it is, empty while it is not, and the suspensions that have ended,
-- `first day/day on which it counted again` of each, joined by ';'. Apart from the record: an order may come while nobody knows whom that
-- is about. A copy, as `penalty` is.
CREATE TABLE record_suspension (
    record       TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 80),
    suspended_on TEXT COLLATE "C",
    suspensions  TEXT COLLATE "C" NOT NULL DEFAULT ''
);
-- What was copied so far does not know these days. The reader of the records has another name and reads all of them once more, over what
-- is there: nothing is left of the old reader. The tables of the feed, 0040, are there before this step.
DELETE FROM feed_parked WHERE consumer = 'punishment-records';
DELETE FROM feed_cursor WHERE consumer = 'punishment-records';
