-- The extension of the period of a case that was asked for last: a message `CaseExtension`; empty for none.
ALTER TABLE serious_case ADD COLUMN extension BYTEA NOT NULL DEFAULT '';
