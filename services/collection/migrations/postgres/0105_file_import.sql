-- Imports of files. The file lies in parts beside it until the import ends; then only its digest is kept.
CREATE TABLE file_import (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    -- What the file holds: a kind of record, or tickets.
    sort       TEXT COLLATE "C" NOT NULL CHECK (length(sort) <= 20),
    file_name  TEXT COLLATE "C" NOT NULL CHECK (length(file_name) <= 200),
    dry_run    BOOLEAN NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('Queued', 'Running', 'Done', 'Refused', 'Cancelled')),
    problem    TEXT COLLATE "C" NOT NULL CHECK (length(problem) <= 2000),
    office     TEXT COLLATE "C" NOT NULL CHECK (length(office) <= 40),
    creator    TEXT COLLATE "C" NOT NULL CHECK (length(creator) BETWEEN 1 AND 200),
    request_id TEXT COLLATE "C" NOT NULL CHECK (length(request_id) <= 36),
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    digest     TEXT COLLATE "C" NOT NULL CHECK (length(digest) = 64),
    lines      BIGINT NOT NULL CHECK (lines >= 0),
    attached   BIGINT NOT NULL CHECK (attached >= 0),
    unmatched  BIGINT NOT NULL CHECK (unmatched >= 0),
    duplicates BIGINT NOT NULL CHECK (duplicates >= 0),
    refused    BIGINT NOT NULL CHECK (refused >= 0),
    -- Headers of the file, and those that are not read: a JSON list each.
    headers    TEXT COLLATE "C" NOT NULL CHECK (length(headers) <= 1000000),
    ignored    TEXT COLLATE "C" NOT NULL CHECK (length(ignored) <= 1000000),
    -- Batches that are durable: the next process goes on behind them.
    next_batch BIGINT NOT NULL CHECK (next_batch >= 0),
    -- Until when the process that works on it is taken to be alive.
    lease_us   BIGINT NOT NULL,
    worker     TEXT COLLATE "C" NOT NULL CHECK (length(worker) <= 40),
    revision   BIGINT NOT NULL CHECK (revision >= 1),
    created_us BIGINT NOT NULL,
    updated_us BIGINT NOT NULL
);

-- Serves the list of imports, the latest first.
CREATE INDEX file_import_by_time ON file_import (created_us, id);
-- Serves the search for work.
CREATE INDEX file_import_open ON file_import (lease_us) WHERE state IN ('Queued', 'Running');

-- Parts of the files whose import has not ended.
CREATE TABLE file_import_part (
    import_id TEXT COLLATE "C" NOT NULL,
    number    BIGINT NOT NULL CHECK (number >= 0),
    bytes     BYTEA NOT NULL,
    PRIMARY KEY (import_id, number)
);

-- Refused lines: their cells as shown, and what is wrong with them, a JSON list each.
CREATE TABLE file_import_refused (
    import_id TEXT COLLATE "C" NOT NULL,
    line      BIGINT NOT NULL CHECK (line >= 1),
    cells     TEXT COLLATE "C" NOT NULL,
    faults    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (import_id, line)
);
