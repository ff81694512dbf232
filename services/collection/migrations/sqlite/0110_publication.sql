-- Publication of records. `publish_at_us`: when the job that hands records over looks at this one next; NULL when there is nothing
-- to hand over. Set on taking for records that are worth a duty to publish, so that an archive is never looked at.
ALTER TABLE record ADD COLUMN publish_at_us INTEGER;
UPDATE record SET publish_at_us = received_us
WHERE 'records/' || id IN (SELECT subject FROM obligation WHERE done_on IS NULL AND kind IN (
    'penalty.publish.same_province', 'double_publicity.publish', 'inspection.result.publish'));

-- Serves the search for records to hand over: those that wait for their party are not looked at.
CREATE INDEX record_to_publish ON record (publish_at_us, id)
    WHERE publish_at_us IS NOT NULL AND state IN ('Attached', 'PublishPending');

-- How the publication of a record stands on one chain.
CREATE TABLE publication (
    record_id     TEXT NOT NULL CHECK (length(record_id) = 32),
    -- The receiver.
    chain         TEXT NOT NULL CHECK (length(chain) BETWEEN 1 AND 64),
    state         TEXT NOT NULL CHECK (state IN ('Blocked', 'Pending', 'Shown', 'EndPending', 'Ended')),
    -- Revision of the record that the receiver was told last; 0 before it was told anything.
    told_revision INTEGER NOT NULL CHECK (told_revision >= 0),
    -- Day of the first acknowledgement.
    published_on  TEXT,
    -- Last day of the term; NULL while it is not known, and where there is none.
    ends_on       TEXT,
    -- Codes of the rulebook; empty where no law gives a term.
    regime        TEXT NOT NULL CHECK (length(regime) <= 40),
    severity      TEXT NOT NULL CHECK (length(severity) <= 40),
    -- Parameters that were not supplied, one a line.
    not_supplied  TEXT NOT NULL CHECK (length(not_supplied) <= 500),
    -- Why it cannot be told; empty otherwise.
    problem       TEXT NOT NULL CHECK (length(problem) <= 1000),
    PRIMARY KEY (record_id, chain)
) STRICT, WITHOUT ROWID;

-- Serves the search for terms that are over.
CREATE INDEX publication_by_end ON publication (ends_on, record_id) WHERE state IN ('Pending', 'Shown');
-- Serves the list of what the public may see, the latest first.
CREATE INDEX record_public ON record (decided_on, id) WHERE state IN ('Published', 'Objected');
