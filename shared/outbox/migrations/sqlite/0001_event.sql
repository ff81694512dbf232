-- Events as their writers left them. Rows never change, but for the erasure of salt and payload together.
CREATE TABLE event (
    outbox_id      INTEGER NOT NULL PRIMARY KEY,
    event_id       TEXT    NOT NULL UNIQUE CHECK (length(event_id) = 36),
    deployment     TEXT    NOT NULL,
    service        TEXT    NOT NULL,
    kind           TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    subject        TEXT    NOT NULL,
    effective_on   TEXT    NOT NULL CHECK (length(effective_on) = 10),
    recorded_at_us INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    office         TEXT    NOT NULL,
    request_id     TEXT    NOT NULL,
    legal_basis    TEXT    NOT NULL,
    rulebook_hash  TEXT    NOT NULL,
    trace_context  TEXT    NOT NULL,
    payload_digest BLOB    NOT NULL CHECK (length(payload_digest) = 32),
    salt           BLOB,
    payload        BLOB,
    CHECK ((salt IS NULL) = (payload IS NULL))
) STRICT;

-- Events that wait for the sealer. An event enters with its transaction, so one that commits late is not passed over.
CREATE TABLE event_pending (
    outbox_id INTEGER NOT NULL PRIMARY KEY
) STRICT;
