-- What the party check reads: entries that stand or stood, with their days. Void entries are marked, so that copies in memory
-- learn of it.
CREATE TABLE standing (
    name         TEXT   NOT NULL PRIMARY KEY,
    list         TEXT   NOT NULL CHECK (list IN ('ABNORMAL', 'SERIOUS')),
    uscc         TEXT   NOT NULL,
    ground       TEXT   NOT NULL,
    listed_on    TEXT   NOT NULL,
    term_ends_on TEXT,
    removed_on   TEXT,
    decision_no  TEXT   NOT NULL,
    void         INTEGER NOT NULL CHECK (void IN (0, 1)),
    -- Position of the last change: copies read what lies behind the one they have.
    change_no    INTEGER NOT NULL
) STRICT;
CREATE INDEX standing_by_change ON standing (change_no);
CREATE INDEX standing_by_uscc ON standing (uscc);
-- The root row of the list: whoever changes a standing counts it up first, so changes are committed in their order.
CREATE TABLE standing_version (
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    change_no INTEGER NOT NULL
) STRICT;
INSERT INTO standing_version (id, change_no) VALUES (1, 0);
