-- What records trigger stands beside what is on the lists: a breach of a commitment, a revoked licence, penalties within a year.
CREATE TABLE standing_of_all (
    name         TEXT    NOT NULL PRIMARY KEY,
    list         TEXT    NOT NULL CHECK (list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS', 'BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED',
        'PENALTIES_IN_YEAR')),
    uscc         TEXT    NOT NULL,
    ground       TEXT    NOT NULL,
    listed_on    TEXT    NOT NULL,
    term_ends_on TEXT,
    removed_on   TEXT,
    -- First day of an order that suspends the entry; empty while none does.
    suspended_on TEXT,
    decision_no  TEXT    NOT NULL,
    void         INTEGER NOT NULL CHECK (void IN (0, 1)),
    -- Position of the last change: copies read what lies behind the one they have.
    change_no    INTEGER NOT NULL,
    lifted       TEXT    NOT NULL DEFAULT '',
    suspensions  TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO standing_of_all (name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, void, change_no,
    lifted, suspensions)
SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, void, change_no, lifted, suspensions
FROM standing;
DROP TABLE standing;
ALTER TABLE standing_of_all RENAME TO standing;
CREATE INDEX standing_by_change ON standing (change_no);
CREATE INDEX standing_by_uscc ON standing (uscc);
-- The reader of the records has another name than that of the penalties had, and reads all of them once more: the copy begins empty, and
-- nothing is left of the old reader. The tables of the feed, 0040, are there before this step.
DELETE FROM penalty;
DELETE FROM feed_parked WHERE consumer = 'punishment-penalties';
DELETE FROM feed_cursor WHERE consumer = 'punishment-penalties';
