-- What the party check reads: entries that stand or stood, with their days. Void entries are marked, so that copies in memory
-- learn of it.
CREATE TABLE standing (
    name         TEXT COLLATE "C"   NOT NULL PRIMARY KEY,
    list         TEXT COLLATE "C"   NOT NULL CHECK (list IN ('ABNORMAL', 'SERIOUS')),
    uscc         TEXT COLLATE "C"   NOT NULL,
    ground       TEXT COLLATE "C"   NOT NULL,
    listed_on    TEXT COLLATE "C"   NOT NULL,
    term_ends_on TEXT COLLATE "C",
    removed_on   TEXT COLLATE "C",
    decision_no  TEXT COLLATE "C"   NOT NULL,
    void         BIGINT NOT NULL CHECK (void IN (0, 1)),
    -- Position of the last change: copies read what lies behind the one they have.
    change_no    BIGINT NOT NULL
);
CREATE INDEX standing_by_change ON standing (change_no);
CREATE INDEX standing_by_uscc ON standing (uscc);
-- The root row of the list: whoever changes a standing counts it up first, so changes are committed in their order.
CREATE TABLE standing_version (
    id        BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    change_no BIGINT NOT NULL
);
INSERT INTO standing_version (id, change_no) VALUES (1, 0);
