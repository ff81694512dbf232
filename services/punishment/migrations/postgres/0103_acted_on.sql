-- Date of the last act: no later one may be dated before it. Empty until the first act, and for what was written before.
ALTER TABLE abnormal_entry ADD COLUMN acted_on TEXT COLLATE "C";
ALTER TABLE serious_case ADD COLUMN acted_on TEXT COLLATE "C";
