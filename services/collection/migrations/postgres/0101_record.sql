-- Credit records (state machine 2), each known by the digest of its natural key: kind, producer, document number, party.
-- `content` is the record as it was accepted, a protobuf xinjian.collection.v1.Record without the fields that the system
-- sets; the columns beside it are what lists, scopes and reports ask for. Open code sets are checked against the rulebook
-- before they come here.
CREATE TABLE record (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('permit', 'penalty', 'inspection', 'sampling', 'list_entry')),
    uscc        TEXT COLLATE "C"          CHECK (length(uscc) = 18),
    party_name  TEXT COLLATE "C" NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    field       TEXT COLLATE "C" NOT NULL CHECK (length(field) <= 20),
    -- As delivered; that of the registered party goes before it on reading.
    division    TEXT COLLATE "C" NOT NULL CHECK (length(division) <= 12),
    producer    TEXT COLLATE "C" NOT NULL CHECK (length(producer) BETWEEN 1 AND 200),
    document_no TEXT COLLATE "C" NOT NULL CHECK (length(document_no) BETWEEN 1 AND 100),
    decided_on  DATE             NOT NULL,
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN (
                    'Unmatched', 'Attached', 'PublishPending', 'Published', 'Objected', 'Corrected', 'Withdrawn', 'Expired')),
    -- Service that the fact comes from; empty for imported records.
    origin      TEXT COLLATE "C" NOT NULL CHECK (length(origin) <= 40),
    revision    BIGINT           NOT NULL CHECK (revision >= 1),
    received_us BIGINT           NOT NULL,
    content     BYTEA            NOT NULL CHECK (length(content) <= 65536)
);

-- Serves the records of one party, the latest first, and those that wait for it.
CREATE INDEX record_by_party ON record (uscc, decided_on, id);
-- Serves the list of all records, the latest first.
CREATE INDEX record_by_day ON record (decided_on, id);
