-- The extensions of the period of a case, in the order in which they were asked for: messages `CaseExtension`, each with its length before
-- it; empty for none.
ALTER TABLE serious_case ADD COLUMN extensions BYTEA NOT NULL DEFAULT '';
