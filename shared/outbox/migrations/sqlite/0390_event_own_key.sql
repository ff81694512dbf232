-- Nothing looks for an event by its identifier, nor for a seal by its event: both are read by their place, and what erases reads all
-- events. Yet each event of an import wrote an entry of 44 bytes into the index over identifiers and one of 10 into that over the events
-- of seals. An identifier has 74 random bits; an event is sealed by whoever takes it out of `event_pending`, which is once.
-- SQLite cannot drop a constraint, so both tables are made again. The keys are the order of the events, and stay.
CREATE TABLE event_anew (
    outbox_id      INTEGER NOT NULL PRIMARY KEY,
    event_id       TEXT    NOT NULL CHECK (length(event_id) = 36),
    context_id     INTEGER NOT NULL,
    kind           TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    subject        TEXT    NOT NULL,
    effective_on   TEXT    NOT NULL CHECK (length(effective_on) = 10),
    payload_digest BLOB    NOT NULL CHECK (length(payload_digest) = 32),
    salt           BLOB,
    payload        BLOB,
    CHECK ((salt IS NULL) = (payload IS NULL))
) STRICT;
INSERT INTO event_anew (outbox_id, event_id, context_id, kind, subject, effective_on, payload_digest, salt, payload)
SELECT outbox_id, event_id, context_id, kind, subject, effective_on, payload_digest, salt, payload FROM event ORDER BY outbox_id;
DROP TABLE event;
ALTER TABLE event_anew RENAME TO event;

CREATE TABLE seal_anew (
    seq       INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
    outbox_id INTEGER NOT NULL,
    hash      BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO seal_anew (seq, outbox_id, hash) SELECT seq, outbox_id, hash FROM seal ORDER BY seq;
DROP TABLE seal;
ALTER TABLE seal_anew RENAME TO seal;
