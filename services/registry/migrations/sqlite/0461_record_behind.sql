-- Record that told a licence before an officer changed its entry, or a decision of an earlier day after that, and was not withdrawn since; NULL where
-- the content rests on a record, where none ever told it, and for what was changed before this was kept.
ALTER TABLE licence ADD COLUMN record_behind TEXT CHECK (length(record_behind) BETWEEN 1 AND 200);
-- Serves the withdrawal of that record.
CREATE INDEX licence_by_record_behind ON licence (record_behind) WHERE record_behind IS NOT NULL;
