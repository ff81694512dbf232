-- Marks of sole traders stand beside the two lists; an order may suspend an entry.
CREATE TABLE standing_whole (
    name         TEXT   NOT NULL PRIMARY KEY,
    list         TEXT   NOT NULL CHECK (list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS')),
    uscc         TEXT   NOT NULL,
    ground       TEXT   NOT NULL,
    listed_on    TEXT   NOT NULL,
    term_ends_on TEXT,
    removed_on   TEXT,
    -- First day of an order that suspends the entry; empty while none does.
    suspended_on TEXT,
    decision_no  TEXT   NOT NULL,
    void         INTEGER NOT NULL CHECK (void IN (0, 1)),
    -- Position of the last change: copies read what lies behind the one they have.
    change_no    INTEGER NOT NULL
) STRICT;
INSERT INTO standing_whole (name, list, uscc, ground, listed_on, term_ends_on, removed_on, decision_no, void, change_no)
SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, decision_no, void, change_no FROM standing;
DROP TABLE standing;
ALTER TABLE standing_whole RENAME TO standing;
CREATE INDEX standing_by_change ON standing (change_no);
CREATE INDEX standing_by_uscc ON standing (uscc);
