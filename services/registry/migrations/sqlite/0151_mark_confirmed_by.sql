-- Offices that have confirmed the content of a proposed mark which belongs to several, one a line; empty once all have, or none has.
ALTER TABLE mark ADD COLUMN confirmed_by TEXT NOT NULL DEFAULT '' CHECK (length(confirmed_by) <= 200);
