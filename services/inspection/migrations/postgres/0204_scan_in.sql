-- When inspectors entered with the letter of the visit, and which of them; no value before.
ALTER TABLE visit ADD COLUMN scanned_in_us BIGINT;
ALTER TABLE visit ADD COLUMN scanned_in_by TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(scanned_in_by) <= 20);
