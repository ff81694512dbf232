-- The last day that a duty had before it was extended; none where it was not. What runs since then is the extension: `start_on`,
-- `parameter` and `due_on` are its.
ALTER TABLE obligation ADD COLUMN extended_from TEXT COLLATE "C" CHECK (length(extended_from) = 10);
