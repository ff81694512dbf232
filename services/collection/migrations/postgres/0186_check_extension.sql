-- The extension of a tip's check, asked for or decided (a protobuf xinjian.collection.v1.CheckExtension); empty for none.
ALTER TABLE ticket ADD COLUMN check_extension BYTEA NOT NULL DEFAULT '';
