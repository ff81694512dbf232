-- Serves the list of letters that everyone may read (R5), which are few among those sent.
CREATE INDEX commitment_public ON commitment (uscc, id) WHERE published_on IS NOT NULL AND ended_on IS NULL;
