-- Imports of files. The file lies in parts beside it until the import ends; then only its digest is kept.
CREATE TABLE file_import (
    id         TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    -- What the file holds: a kind of record, or tickets.
    sort       TEXT NOT NULL CHECK (length(sort) <= 20),
    file_name  TEXT NOT NULL CHECK (length(file_name) <= 200),
    dry_run    INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    state      TEXT NOT NULL CHECK (state IN ('Queued', 'Running', 'Done', 'Refused', 'Cancelled')),
    problem    TEXT NOT NULL CHECK (length(problem) <= 2000),
    office     TEXT NOT NULL CHECK (length(office) <= 40),
    creator    TEXT NOT NULL CHECK (length(creator) BETWEEN 1 AND 200),
    request_id TEXT NOT NULL CHECK (length(request_id) <= 36),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    digest     TEXT NOT NULL CHECK (length(digest) = 64),
    lines      INTEGER NOT NULL CHECK (lines >= 0),
    attached   INTEGER NOT NULL CHECK (attached >= 0),
    unmatched  INTEGER NOT NULL CHECK (unmatched >= 0),
    duplicates INTEGER NOT NULL CHECK (duplicates >= 0),
    refused    INTEGER NOT NULL CHECK (refused >= 0),
    -- Headers of the file, and those that are not read: a JSON list each.
    headers    TEXT NOT NULL CHECK (length(headers) <= 1000000),
    ignored    TEXT NOT NULL CHECK (length(ignored) <= 1000000),
    -- Batches that are durable: the next process goes on behind them.
    next_batch INTEGER NOT NULL CHECK (next_batch >= 0),
    -- Until when the process that works on it is taken to be alive.
    lease_us   INTEGER NOT NULL,
    worker     TEXT NOT NULL CHECK (length(worker) <= 40),
    revision   INTEGER NOT NULL CHECK (revision >= 1),
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL
) STRICT;

-- Serves the list of imports, the latest first.
CREATE INDEX file_import_by_time ON file_import (created_us, id);
-- Serves the search for work.
CREATE INDEX file_import_open ON file_import (lease_us) WHERE state IN ('Queued', 'Running');

-- Parts of the files whose import has not ended.
CREATE TABLE file_import_part (
    import_id TEXT NOT NULL,
    number    INTEGER NOT NULL CHECK (number >= 0),
    bytes     BLOB NOT NULL,
    PRIMARY KEY (import_id, number)
) STRICT;

-- Refused lines: their cells as shown, and what is wrong with them, a JSON list each.
CREATE TABLE file_import_refused (
    import_id TEXT NOT NULL,
    line      INTEGER NOT NULL CHECK (line >= 1),
    cells     TEXT NOT NULL,
    faults    TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
) STRICT;
