-- Who acted, on what ground, when: once for all events of one act. An import of thousands repeats none of it. Rows never change.
CREATE TABLE event_context (
    context_id     INTEGER NOT NULL PRIMARY KEY,
    deployment     TEXT    NOT NULL,
    service        TEXT    NOT NULL,
    recorded_at_us INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    office         TEXT    NOT NULL,
    request_id     TEXT    NOT NULL,
    legal_basis    TEXT    NOT NULL,
    rulebook_hash  TEXT    NOT NULL,
    trace_context  TEXT    NOT NULL
) STRICT;

-- Events as their writers left them. Rows never change, but for the erasure of salt and payload together. An event whose
-- context is gone counts as gone: the chain tells, so no foreign key is checked for each row.
CREATE TABLE event (
    outbox_id      INTEGER NOT NULL PRIMARY KEY,
    event_id       TEXT    NOT NULL UNIQUE CHECK (length(event_id) = 36),
    context_id     INTEGER NOT NULL,
    kind           TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    subject        TEXT    NOT NULL,
    effective_on   TEXT    NOT NULL CHECK (length(effective_on) = 10),
    payload_digest BLOB    NOT NULL CHECK (length(payload_digest) = 32),
    salt           BLOB,
    payload        BLOB,
    CHECK ((salt IS NULL) = (payload IS NULL))
) STRICT;

-- Events that wait for the sealer, by runs of one transaction: an import of thousands is one row. A run enters with its
-- transaction, so one that commits late is not passed over.
CREATE TABLE event_pending (
    first_id INTEGER NOT NULL PRIMARY KEY,
    last_id  INTEGER NOT NULL CHECK (last_id >= first_id)
) STRICT;
