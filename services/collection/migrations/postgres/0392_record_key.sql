-- Records are found by the half digest of their natural key: 16 bytes, and no longer the 32 digits that write them. The index over
-- them, which an import goes through from its beginning to its end for each transaction, is a third smaller. `id` stays what names, and
-- whatever is kept beside a record, say; no index holds it: a record is looked up by `key = unhex($1)`.
ALTER TABLE record DROP CONSTRAINT record_id_check;
ALTER TABLE record ALTER COLUMN id TYPE BYTEA USING decode(id, 'hex');
ALTER TABLE record RENAME COLUMN id TO key;
ALTER TABLE record ADD CONSTRAINT record_key_check CHECK (length(key) = 16);
ALTER TABLE record ADD COLUMN id TEXT COLLATE "C" GENERATED ALWAYS AS (encode(key, 'hex')) STORED;

-- The bytes that hexadecimal digits write, by the name that SQLite has for it. The planner puts its text in its place.
CREATE FUNCTION unhex(TEXT) RETURNS BYTEA LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT decode($1, ''hex'')';
