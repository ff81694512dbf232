-- Whether nothing is to be put right and what was found is a case lead alone. One that waits for its answer is stored like what is put
-- right and waits for it: as a closed one with a case lead that has none.
ALTER TABLE rectification ADD COLUMN lead_only BOOLEAN NOT NULL DEFAULT FALSE;
