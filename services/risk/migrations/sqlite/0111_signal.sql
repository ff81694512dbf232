-- Scans of the complaints, and what became of the signals they raised (state machine 4). Internal: never published, and no row
-- leaves without a row in the log of reads.

CREATE TABLE scan (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),
    as_of         TEXT    NOT NULL,
    enterprises   INTEGER NOT NULL CHECK (enterprises >= 0),
    events        INTEGER NOT NULL CHECK (events >= 0),
    tests         INTEGER NOT NULL CHECK (tests >= 0),
    raised        INTEGER NOT NULL CHECK (raised >= 0),
    rulebook_hash TEXT    NOT NULL,
    created_by    TEXT    NOT NULL,
    created_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Serves the list of scans, the latest first.
CREATE INDEX scan_by_time ON scan (created_at_us DESC, id DESC);

-- A signal, and the flag that it becomes.
CREATE TABLE signal (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 60),
    uscc          TEXT    NOT NULL CHECK (length(uscc) = 18),
    field         TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    topic         TEXT    NOT NULL CHECK (length(topic) BETWEEN 1 AND 40),
    division      TEXT    NOT NULL CHECK (length(division) <= 12),
    state         TEXT    NOT NULL CHECK (state IN ('SignalRaised', 'UnderReview', 'AttentionOn', 'Dismissed',
                      'AttentionReviewed', 'AttentionOff')),
    -- Whether something can still happen to it. At most one of an enterprise, field and topic is.
    open          INTEGER NOT NULL CHECK (open IN (0, 1)),
    scan          TEXT    NOT NULL REFERENCES scan (id),
    -- JSON, never changed.
    evidence      TEXT    NOT NULL,
    as_of         TEXT    NOT NULL,
    raised_on     TEXT    NOT NULL,
    decided_by    TEXT    NOT NULL,
    decided_on    TEXT   ,
    reason        TEXT    NOT NULL CHECK (length(reason) <= 500),
    -- Days of the flag, both counted; NULL before the confirmation.
    on_since      TEXT   ,
    on_until      TEXT   ,
    review_on     TEXT   ,
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    created_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX signal_open ON signal (uscc, field, topic) WHERE open = 1;
-- Serves the lists, the latest first.
CREATE INDEX signal_by_time ON signal (created_at_us DESC, id DESC);
-- Serves the question what an enterprise has, or had.
CREATE INDEX signal_by_uscc ON signal (uscc);
