-- The first of the reads that were noted under a request id: the same request again finds it and writes none of them twice.
ALTER TABLE confidential_read ADD COLUMN request_id TEXT CHECK (length(request_id) = 36);
-- An entry for each request, and none for reads that are noted without one.
CREATE UNIQUE INDEX confidential_read_by_request ON confidential_read (request_id) WHERE request_id IS NOT NULL;
