-- Scans of the complaints, and what became of the signals they raised (state machine 4). Internal: never published, and no row
-- leaves without a row in the log of reads.

CREATE TABLE scan (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),
    as_of         DATE NOT NULL,
    enterprises   BIGINT NOT NULL CHECK (enterprises >= 0),
    events        BIGINT NOT NULL CHECK (events >= 0),
    tests         BIGINT NOT NULL CHECK (tests >= 0),
    raised        BIGINT NOT NULL CHECK (raised >= 0),
    rulebook_hash TEXT COLLATE "C" NOT NULL,
    created_by    TEXT COLLATE "C" NOT NULL,
    created_at_us BIGINT NOT NULL
);
-- Serves the list of scans, the latest first.
CREATE INDEX scan_by_time ON scan (created_at_us DESC, id DESC);

-- A signal, and the flag that it becomes.
CREATE TABLE signal (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 60),
    uscc          TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    field         TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    topic         TEXT COLLATE "C" NOT NULL CHECK (length(topic) BETWEEN 1 AND 40),
    division      TEXT COLLATE "C" NOT NULL CHECK (length(division) <= 12),
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('SignalRaised', 'UnderReview', 'AttentionOn', 'Dismissed',
                      'AttentionReviewed', 'AttentionOff')),
    -- Whether something can still happen to it. At most one of an enterprise, field and topic is.
    open          BOOLEAN NOT NULL,
    scan          TEXT COLLATE "C" NOT NULL REFERENCES scan (id),
    -- JSON, never changed.
    evidence      TEXT COLLATE "C" NOT NULL,
    as_of         DATE NOT NULL,
    raised_on     DATE NOT NULL,
    decided_by    TEXT COLLATE "C" NOT NULL,
    decided_on    DATE,
    reason        TEXT COLLATE "C" NOT NULL CHECK (length(reason) <= 500),
    -- Days of the flag, both counted; NULL before the confirmation.
    on_since      DATE,
    on_until      DATE,
    review_on     DATE,
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    created_at_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX signal_open ON signal (uscc, field, topic) WHERE open;
-- Serves the lists, the latest first.
CREATE INDEX signal_by_time ON signal (created_at_us DESC, id DESC);
-- Serves the question what an enterprise has, or had.
CREATE INDEX signal_by_uscc ON signal (uscc);
