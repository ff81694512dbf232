-- A record is published once one chain shows it. One that another chain cannot be told is looked at again for that chain, whatever
-- its state, and a term that is over ends also where nothing was shown.
DROP INDEX record_to_publish;
CREATE INDEX record_to_publish ON record (publish_at_us, id)
    WHERE publish_at_us IS NOT NULL AND state IN ('Attached', 'PublishPending', 'Published', 'Objected', 'Corrected');
DROP INDEX publication_by_end;
CREATE INDEX publication_by_end ON publication (ends_on, record_id) WHERE state IN ('Blocked', 'Pending', 'Shown');
