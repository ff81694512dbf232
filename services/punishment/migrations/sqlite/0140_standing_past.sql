-- Periods of entries that were removed and then listed again: what the party check tells about days in them.
CREATE TABLE standing_past (
    name         TEXT    NOT NULL,
    list         TEXT    NOT NULL CHECK (list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS')),
    uscc         TEXT    NOT NULL,
    ground       TEXT    NOT NULL,
    listed_on    TEXT    NOT NULL,
    term_ends_on TEXT,
    removed_on   TEXT    NOT NULL,
    suspended_on TEXT,
    decision_no  TEXT    NOT NULL,
    -- Position of the change that ended its being present, counted with those of `standing`.
    change_no    INTEGER NOT NULL,
    PRIMARY KEY (name, listed_on)
) STRICT;
CREATE INDEX standing_past_by_change ON standing_past (change_no);
CREATE INDEX standing_past_by_uscc ON standing_past (uscc);
