-- When it was erased who a record is about (X5); NULL while that is not so. Its name and document number then say only that, and
-- `content` holds codes, numbers and days.
ALTER TABLE record ADD COLUMN erased_us INTEGER;
