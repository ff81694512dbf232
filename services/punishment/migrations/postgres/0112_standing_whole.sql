-- Marks of sole traders stand beside the two lists; an order may suspend an entry.
ALTER TABLE standing DROP CONSTRAINT standing_list_check;
ALTER TABLE standing
    ADD CONSTRAINT standing_list_check CHECK (list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS')),
    -- First day of an order that suspends the entry; empty while none does.
    ADD COLUMN suspended_on TEXT COLLATE "C";
