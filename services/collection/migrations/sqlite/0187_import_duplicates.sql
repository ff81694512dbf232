-- Numbers of those lines that were there already (4 bytes each, the highest first), in their order. Of what was taken before this
-- was kept nobody knows.
ALTER TABLE file_import_taken ADD COLUMN duplicates BLOB NOT NULL DEFAULT X'' CHECK (length(duplicates) % 4 = 0);
