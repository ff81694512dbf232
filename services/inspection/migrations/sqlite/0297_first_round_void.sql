-- Why the first round did not take place, as stated by who recorded figures of the fallback; empty while no such figures are on record.
ALTER TABLE task ADD COLUMN first_round_void TEXT NOT NULL DEFAULT '' CHECK (length(first_round_void) <= 200);
