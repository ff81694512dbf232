-- Joint measures against parties, each with the item of the city's list as it read when the measure was derived. A row is never
-- deleted: an end is a state.
CREATE TABLE measure (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    -- Name of the entry that triggers it, its list and the number of the listing decision.
    entry         TEXT    NOT NULL,
    list          TEXT    NOT NULL CHECK (list IN ('ABNORMAL', 'SERIOUS')),
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
    -- Who published the entry, and who confirmed the measure: each decides what the other did not.
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
CREATE INDEX measure_by_uscc ON measure (uscc, id);
CREATE INDEX measure_by_entry ON measure (entry, id);
CREATE INDEX measure_by_state ON measure (state, id);
-- One live measure of each kind for an entry: what is derived twice is there once.
CREATE UNIQUE INDEX measure_live ON measure (entry, code)
    WHERE state NOT IN ('Ended', 'EndSent', 'EndAcknowledged');
-- The systems that are told of a measure, and what each has acknowledged.
CREATE TABLE measure_receiver (
    measure_id             TEXT    NOT NULL,
    receiver               TEXT    NOT NULL,
    acknowledged_at_us     INTEGER,
    receipt                TEXT    NOT NULL DEFAULT '',
    end_acknowledged_at_us INTEGER,
    end_receipt            TEXT    NOT NULL DEFAULT '',
    -- Whether its use was reported in the running period.
    reported               INTEGER NOT NULL DEFAULT 0 CHECK (reported IN (0, 1)),
    PRIMARY KEY (measure_id, receiver)
) STRICT;
-- Reports on the use of measures. A row is never changed.
CREATE TABLE measure_use (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    measure_id    TEXT    NOT NULL,
    receiver      TEXT    NOT NULL,
    applied_count INTEGER NOT NULL CHECK (applied_count >= 0),
    result        TEXT    NOT NULL CHECK (length(result) <= 500),
    reported_on   TEXT    NOT NULL,
    office        TEXT    NOT NULL,
    reported_by   TEXT    NOT NULL
) STRICT;
CREATE INDEX measure_use_by_measure ON measure_use (measure_id, id);
CREATE INDEX measure_use_by_day ON measure_use (reported_on);
