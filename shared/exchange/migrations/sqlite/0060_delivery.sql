-- What leaves the house: one row per message and receiver, kept as proof of what was sent and acknowledged.
CREATE TABLE delivery (
    delivery_id     TEXT    NOT NULL PRIMARY KEY,
    receiver        TEXT    NOT NULL CHECK (length(receiver) BETWEEN 1 AND 64),
    subject         TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 160),
    revision        INTEGER NOT NULL CHECK (revision > 0),
    kind            TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    content         BLOB    NOT NULL CHECK (length(content) <= 1048576),
    state           TEXT    NOT NULL CHECK (state IN ('Pending', 'Sent', 'Acknowledged', 'Dead')),
    -- Attempts since it was enqueued or resent.
    attempts        INTEGER NOT NULL CHECK (attempts >= 0),
    -- When it is due: the next attempt of a pending one, the end of the lease of a sent one.
    next_attempt_us INTEGER NOT NULL,
    enqueued_us     INTEGER NOT NULL,
    -- When the last outcome was written; NULL before the first.
    settled_us      INTEGER,
    receipt         TEXT    CHECK (length(receipt) <= 512),
    last_error      TEXT    CHECK (length(last_error) <= 512),
    UNIQUE (receiver, subject, revision)
) STRICT;

-- Finds what is due, and whether an earlier revision of the same subject is still open.
CREATE INDEX delivery_due ON delivery (receiver, next_attempt_us) WHERE state IN ('Pending', 'Sent');
CREATE INDEX delivery_open ON delivery (receiver, subject, revision) WHERE state <> 'Acknowledged';
CREATE INDEX delivery_dead ON delivery (delivery_id) WHERE state = 'Dead';
