-- One more state of machine 2: a penalty of a party that is registered in another province (order 45 art 10). SQLite cannot change a
-- check, so the table is made again. The rowid is the order in which records were taken, and stays.
CREATE TABLE record_anew (
    id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    kind          TEXT    NOT NULL CHECK (kind IN ('permit', 'penalty', 'inspection', 'sampling', 'list_entry')),
    uscc          TEXT             CHECK (length(uscc) = 18),
    party_name    TEXT    NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    field         TEXT    NOT NULL CHECK (length(field) <= 20),
    -- As delivered; that of the registered party goes before it on reading.
    division      TEXT    NOT NULL CHECK (length(division) <= 12),
    producer      TEXT    NOT NULL CHECK (length(producer) BETWEEN 1 AND 200),
    document_no   TEXT    NOT NULL CHECK (length(document_no) BETWEEN 1 AND 100),
    decided_on    TEXT    NOT NULL CHECK (length(decided_on) = 10),
    state         TEXT    NOT NULL CHECK (state IN ('Unmatched', 'Elsewhere', 'Attached', 'PublishPending', 'Published', 'Objected',
                      'Corrected', 'Withdrawn', 'Expired')),
    -- Service that the fact comes from; empty for imported records.
    origin        TEXT    NOT NULL CHECK (length(origin) <= 40),
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    received_us   INTEGER NOT NULL,
    content       BLOB    NOT NULL CHECK (length(content) <= 65536),
    publish_at_us INTEGER,
    -- The open one, as its record shows it; empty for none.
    objection     TEXT    NOT NULL DEFAULT '' CHECK (length(objection) IN (0, 32)),
    -- The remedy that suspends enforcement of the decision behind a record; empty for none.
    suspended_by  TEXT    NOT NULL DEFAULT '' CHECK (length(suspended_by) IN (0, 32)),
    erased_us     INTEGER
) STRICT;
INSERT INTO record_anew (rowid, id, kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin, revision,
    received_us, content, publish_at_us, objection, suspended_by, erased_us)
SELECT rowid, id, kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin, revision,
    received_us, content, publish_at_us, objection, suspended_by, erased_us
FROM record;
DROP TABLE record;
ALTER TABLE record_anew RENAME TO record;
-- Serves the records of one party, the latest first, and those that wait for it.
CREATE INDEX record_by_party ON record (uscc, decided_on);
-- Serves the list of all records, the latest first.
CREATE INDEX record_by_day ON record (decided_on);
-- Serves the list of what the public may see, the latest first.
CREATE INDEX record_public ON record (decided_on) WHERE state IN ('Published', 'Objected');
-- Serves the search for records to hand over: those that wait for their party are not looked at.
CREATE INDEX record_to_publish ON record (publish_at_us, id)
    WHERE publish_at_us IS NOT NULL AND state IN ('Attached', 'PublishPending', 'Published', 'Objected', 'Corrected');

-- What the province is told in which the party of a penalty is registered. `content` is how that stands, a protobuf
-- xinjian.collection.v1.ProvincePush; the columns beside it are what rules ask for.
CREATE TABLE province_push (
    record_id TEXT    NOT NULL PRIMARY KEY CHECK (length(record_id) = 32),
    state     TEXT    NOT NULL CHECK (state IN ('Owed', 'Pushed', 'Acknowledged', 'EndOwed', 'Ended')),
    revision  INTEGER NOT NULL CHECK (revision >= 1),
    content   BLOB    NOT NULL CHECK (length(content) <= 131072)
) STRICT, WITHOUT ROWID;
