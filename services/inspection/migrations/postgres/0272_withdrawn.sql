-- When and why the record that a result is was withdrawn. A withdrawn result is stored as a published one with that day, and a
-- rectification that fell with it as a closed one: nothing is done about either any more.
ALTER TABLE visit ADD COLUMN withdrawn_on DATE;
ALTER TABLE visit ADD COLUMN withdrawn_for TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(withdrawn_for) <= 500);
ALTER TABLE rectification ADD COLUMN lifted_on DATE;
