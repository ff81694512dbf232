-- Periods of entries that were removed and then listed again: what the party check tells about days in them.
CREATE TABLE standing_past (
    name         TEXT COLLATE "C" NOT NULL,
    list         TEXT COLLATE "C" NOT NULL CHECK (list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS')),
    uscc         TEXT COLLATE "C" NOT NULL,
    ground       TEXT COLLATE "C" NOT NULL,
    listed_on    TEXT COLLATE "C" NOT NULL,
    term_ends_on TEXT COLLATE "C",
    removed_on   TEXT COLLATE "C" NOT NULL,
    suspended_on TEXT COLLATE "C",
    decision_no  TEXT COLLATE "C" NOT NULL,
    -- Position of the change that ended its being present, counted with those of `standing`.
    change_no    BIGINT NOT NULL,
    PRIMARY KEY (name, listed_on)
);
CREATE INDEX standing_past_by_change ON standing_past (change_no);
CREATE INDEX standing_past_by_uscc ON standing_past (uscc);
