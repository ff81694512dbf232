-- A reason may be of one key field, and may have a last day: key attention (R10, R11).

-- Empty: of every field.
ALTER TABLE review_ground ADD COLUMN field TEXT NOT NULL DEFAULT '' CHECK (length(field) <= 20);
-- Last day, counted; NULL: until further notice.
ALTER TABLE review_ground ADD COLUMN until TEXT;
