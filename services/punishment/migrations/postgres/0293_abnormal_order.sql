-- The order to publish, where the ground of an entry rests on one: its number and its day; empty for all others.
ALTER TABLE abnormal_entry ADD COLUMN order_no TEXT COLLATE "C";
ALTER TABLE abnormal_entry ADD COLUMN ordered_on TEXT COLLATE "C";
