-- The verdict that follows from the checks of a visit: a code of the field's set of verdicts; empty where the field has none.
ALTER TABLE visit ADD COLUMN verdict TEXT NOT NULL DEFAULT '' CHECK (length(verdict) <= 100);
-- Whether what was found is a case lead by itself, before anything is put right or not.
ALTER TABLE rectification ADD COLUMN case_lead INTEGER NOT NULL DEFAULT 0;
