-- Records in the order in which they were taken. Lists go by it within a day, so that no index holds the digest a second and
-- third time: an index over digests is what an import waits for. The order is the rowid, which ends each index by itself.

-- Serves the records of one party, the latest first, and those that wait for it.
DROP INDEX record_by_party;
CREATE INDEX record_by_party ON record (uscc, decided_on);
-- Serves the list of all records, the latest first.
DROP INDEX record_by_day;
CREATE INDEX record_by_day ON record (decided_on);
-- Serves the list of what the public may see, the latest first.
DROP INDEX record_public;
CREATE INDEX record_public ON record (decided_on) WHERE state IN ('Published', 'Objected');
