-- An outcome may change a listing: its ground, or the last day of its term; empty where it is as it was.
ALTER TABLE entry_remedy DROP CONSTRAINT entry_remedy_state_check;
ALTER TABLE entry_remedy
    ADD CONSTRAINT entry_remedy_state_check CHECK (state IN ('Pending', 'Suspended', 'Upheld', 'Changed', 'Annulled', 'Discontinued')),
    ADD COLUMN changed_ground TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN changed_term_ends_on TEXT COLLATE "C";
