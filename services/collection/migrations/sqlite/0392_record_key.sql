-- Records are found by the half digest of their natural key: 16 bytes, and no longer the 32 digits that write them. The index over
-- them, which an import goes through from its beginning to its end for each transaction, has 25 bytes an entry instead of 41. `id`
-- stays what names, and whatever is kept beside a record, say; no index holds it: a record is looked up by `key = unhex($1)`.
-- SQLite cannot drop a primary key, so the table is made again. The rowid is the order in which records were taken, and stays.
CREATE TABLE record_anew (
    key           BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 16),
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
    -- When the job that hands records over looks at this one next; NULL when there is nothing to hand over.
    publish_at_us INTEGER,
    -- The open one, as its record shows it; empty for none.
    objection     TEXT    NOT NULL DEFAULT '' CHECK (length(objection) IN (0, 32)),
    -- The remedy that suspends enforcement of the decision behind a record; empty for none.
    suspended_by  TEXT    NOT NULL DEFAULT '' CHECK (length(suspended_by) IN (0, 32)),
    -- When it was erased who it is about (X5); NULL while that is not so.
    erased_us     INTEGER,
    id            TEXT    GENERATED ALWAYS AS (lower(hex(key))) VIRTUAL
) STRICT;
INSERT INTO record_anew (rowid, key, kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin, revision,
    received_us, content, publish_at_us, objection, suspended_by, erased_us)
SELECT rowid, unhex(id), kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin, revision,
    received_us, content, publish_at_us, objection, suspended_by, erased_us
FROM record;
DROP TABLE record;
ALTER TABLE record_anew RENAME TO record;
-- Serves the records of one party, and those that wait for it.
CREATE INDEX record_by_party ON record (uscc);
-- Serves the list of all records, the latest first.
CREATE INDEX record_by_day ON record (decided_on);
-- Serves the list of what the public may see, the latest first.
CREATE INDEX record_public ON record (decided_on) WHERE state IN ('Published', 'Objected');
-- Serves the search for records to hand over: those that wait for their party are not looked at.
CREATE INDEX record_to_publish ON record (publish_at_us, key)
    WHERE publish_at_us IS NOT NULL AND state IN ('Attached', 'PublishPending', 'Published', 'Objected', 'Corrected');
-- Serves the search for the records that stand under no credit code and say that their party is called so. The expression is the text
-- of `service::erasure::bare_sql`: blanks (of half width, of full width, unbroken) and dots between the parts of a name are left out.
-- What stands under a code, which is nearly everything, is not in it: an import of such records writes no entry. What was withdrawn
-- stands under none any more.
CREATE INDEX record_called ON record (
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(party_name, ' ', ''), '　', ''), ' ', ''), '.', ''), '．', ''), '·', ''), '•', ''), '・', ''),
    decided_on
) WHERE (uscc IS NULL OR state = 'Withdrawn') AND erased_us IS NULL;
