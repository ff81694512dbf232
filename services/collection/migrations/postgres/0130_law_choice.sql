-- The law that an officer chose for the term of a publication: a protobuf xinjian.collection.v1.LawChoice, empty while nobody did.
-- Earlier choices are in the events.
ALTER TABLE publication ADD COLUMN law_choice BYTEA NOT NULL DEFAULT '' CHECK (length(law_choice) <= 8192);
