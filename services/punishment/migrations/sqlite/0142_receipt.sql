-- Receipts of party checks, a row for each batch that was signed. Kept for good: this is the log of what was answered.
CREATE TABLE receipt_batch (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    -- The statements in their order: a message with one repeated field of texts.
    statements   BLOB    NOT NULL,
    -- The text that was signed.
    batch_text   TEXT    NOT NULL,
    signature    BLOB    NOT NULL,
    key_id       TEXT    NOT NULL,
    signed_at_us INTEGER NOT NULL
) STRICT;
-- Keys that receipts were signed with. Kept for good: a receipt outlives the key that signed it.
CREATE TABLE receipt_key (
    key_id        TEXT    NOT NULL PRIMARY KEY CHECK (length(key_id) BETWEEN 1 AND 64),
    public_key    TEXT    NOT NULL CHECK (length(public_key) BETWEEN 1 AND 2000),
    first_used_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
