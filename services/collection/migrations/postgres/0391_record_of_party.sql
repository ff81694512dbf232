-- Serves the records of one party, and those that wait for it. Parties come in no order, so that an import changes nearly every page of
-- this index in each transaction: with the day in it, there were half as many pages again. A party has a handful of records, which a
-- list puts in order as it reads them.
DROP INDEX record_by_party;
CREATE INDEX record_by_party ON record (uscc);
