-- How a check of others was made: a code of the set `inspection_mode`; empty for a routine one, and for what was copied before.
ALTER TABLE other_check ADD COLUMN mode TEXT NOT NULL DEFAULT '' CHECK (length(mode) <= 100);
