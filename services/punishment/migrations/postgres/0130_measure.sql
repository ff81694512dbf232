-- Joint measures against parties, each with the item of the city's list as it read when the measure was derived. A row is never
-- deleted: an end is a state.
CREATE TABLE measure (
    id            TEXT COLLATE "C"    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    -- Name of the entry that triggers it, its list and the number of the listing decision.
    entry         TEXT COLLATE "C"    NOT NULL,
    list          TEXT COLLATE "C"    NOT NULL CHECK (list IN ('ABNORMAL', 'SERIOUS')),
    decision_no   TEXT COLLATE "C"    NOT NULL,
    uscc          TEXT COLLATE "C"    NOT NULL CHECK (length(uscc) = 18),
    party_name    TEXT COLLATE "C"    NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    division      TEXT COLLATE "C"    NOT NULL,
    code          TEXT COLLATE "C"    NOT NULL,
    label         TEXT COLLATE "C"    NOT NULL,
    object        TEXT COLLATE "C"    NOT NULL,
    basis         TEXT COLLATE "C"    NOT NULL CHECK (length(basis) > 0),
    -- The article that lets it reduce rights; empty where it reduces none.
    rights_basis  TEXT COLLATE "C"    NOT NULL,
    implementer   TEXT COLLATE "C"    NOT NULL,
    edition       TEXT COLLATE "C"    NOT NULL,
    state         TEXT COLLATE "C"    NOT NULL CHECK (state IN ('Derived', 'Confirmed', 'Sent', 'Acknowledged', 'InForce', 'FeedbackDue', 'Ended',
                                          'EndSent', 'EndAcknowledged', 'Contested')),
    -- Who published the entry, and who confirmed the measure: each decides what the other did not.
    derived_by    TEXT COLLATE "C"    NOT NULL,
    confirmed_by  TEXT COLLATE "C",
    starts_on     TEXT COLLATE "C"    NOT NULL,
    ended_on      TEXT COLLATE "C",
    end_reason    TEXT COLLATE "C"    NOT NULL DEFAULT '',
    contest       TEXT COLLATE "C"    NOT NULL DEFAULT '' CHECK (length(contest) <= 500),
    -- Revisions under which the systems were told of it and of its end.
    told_revision BIGINT,
    end_revision  BIGINT,
    revision      BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL
);
CREATE INDEX measure_by_uscc ON measure (uscc, id);
CREATE INDEX measure_by_entry ON measure (entry, id);
CREATE INDEX measure_by_state ON measure (state, id);
-- One live measure of each kind for an entry: what is derived twice is there once.
CREATE UNIQUE INDEX measure_live ON measure (entry, code)
    WHERE state NOT IN ('Ended', 'EndSent', 'EndAcknowledged');
-- The systems that are told of a measure, and what each has acknowledged.
CREATE TABLE measure_receiver (
    measure_id             TEXT COLLATE "C"    NOT NULL,
    receiver               TEXT COLLATE "C"    NOT NULL,
    acknowledged_at_us     BIGINT,
    receipt                TEXT COLLATE "C"    NOT NULL DEFAULT '',
    end_acknowledged_at_us BIGINT,
    end_receipt            TEXT COLLATE "C"    NOT NULL DEFAULT '',
    -- Whether its use was reported in the running period.
    reported               BIGINT NOT NULL DEFAULT 0 CHECK (reported IN (0, 1)),
    PRIMARY KEY (measure_id, receiver)
);
-- Reports on the use of measures. A row is never changed.
CREATE TABLE measure_use (
    id            TEXT COLLATE "C"    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    measure_id    TEXT COLLATE "C"    NOT NULL,
    receiver      TEXT COLLATE "C"    NOT NULL,
    applied_count BIGINT NOT NULL CHECK (applied_count >= 0),
    result        TEXT COLLATE "C"    NOT NULL CHECK (length(result) <= 500),
    reported_on   TEXT COLLATE "C"    NOT NULL,
    office        TEXT COLLATE "C"    NOT NULL,
    reported_by   TEXT COLLATE "C"    NOT NULL
);
CREATE INDEX measure_use_by_measure ON measure_use (measure_id, id);
CREATE INDEX measure_use_by_day ON measure_use (reported_on);
