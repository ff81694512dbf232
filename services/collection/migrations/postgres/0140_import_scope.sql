-- In which divisions whoever imports acts: what its lines may be about, and who else of the office sees the import.
CREATE TABLE file_import_division (
    import_id TEXT COLLATE "C" NOT NULL,
    division  TEXT COLLATE "C" NOT NULL CHECK (length(division) <= 12),
    PRIMARY KEY (import_id, division)
);

-- Files of tickets hold callers: while they wait, their parts are sealed.
ALTER TABLE file_import_part ADD COLUMN sealed BOOLEAN NOT NULL DEFAULT FALSE;
-- The cells of refused lines of tickets, sealed: a nonce and the SM4-GCM of the JSON list, bound to the line. `cells` is empty then.
ALTER TABLE file_import_refused ADD COLUMN sealed BYTEA NOT NULL DEFAULT '';

-- Those that were kept before, and what was told of them in the words of their cells, may hold callers: they go.
UPDATE file_import_refused SET cells = '[]', faults = '[]'
WHERE import_id IN (SELECT id FROM file_import WHERE sort = 'ticket');
