-- One more state of machine 2: a penalty of a party that is registered in another province (order 45 art 10).
ALTER TABLE record DROP CONSTRAINT record_state_check;
ALTER TABLE record
    ADD CONSTRAINT record_state_check CHECK (state IN ('Unmatched', 'Elsewhere', 'Attached', 'PublishPending', 'Published', 'Objected',
        'Corrected', 'Withdrawn', 'Expired'));

-- What the province is told in which the party of a penalty is registered. `content` is how that stands, a protobuf
-- xinjian.collection.v1.ProvincePush; the columns beside it are what rules ask for.
CREATE TABLE province_push (
    record_id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(record_id) = 32),
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('Owed', 'Pushed', 'Acknowledged', 'EndOwed', 'Ended')),
    revision  BIGINT NOT NULL CHECK (revision >= 1),
    content   BYTEA NOT NULL CHECK (length(content) <= 131072)
);
