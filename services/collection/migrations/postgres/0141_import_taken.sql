-- Lines of an import that were taken, a row for each batch: what each became is a record or a ticket. `lines` holds, for each line,
-- its number (4 bytes, the highest first) and the id (16 bytes).
CREATE TABLE file_import_taken (
    import_id TEXT COLLATE "C" NOT NULL,
    -- Number of the last line in it.
    last_line BIGINT NOT NULL CHECK (last_line >= 1),
    lines     BYTEA NOT NULL CHECK (length(lines) % 20 = 0),
    PRIMARY KEY (import_id, last_line)
);
