-- Numbers of tasks: one row a year.
CREATE TABLE task_number (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL CHECK (last >= 1)
) STRICT;

-- Inspection tasks (state machine 6). What is empty before a step is the empty text or 0.
CREATE TABLE task (
    year           INTEGER NOT NULL,
    number         INTEGER NOT NULL CHECK (number >= 1),
    name           TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 12 AND 40),
    title          TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    field          TEXT NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    divisions      TEXT NOT NULL CHECK (length(divisions) <= 500),
    stratify_by    TEXT NOT NULL CHECK (stratify_by IN ('CLASS', 'UNIFORM')),
    percent        INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
    per_object     INTEGER NOT NULL CHECK (per_object BETWEEN 1 AND 64),
    lead_office    TEXT NOT NULL CHECK (length(lead_office) BETWEEN 2 AND 32),
    state          TEXT NOT NULL CHECK (state IN ('Created', 'PoolSnapshotted', 'ObjectsDrawn',
        'InspectorsDrawn', 'Assigned', 'InProgress', 'ResultsComplete', 'Closed')),
    attempt        INTEGER NOT NULL CHECK (attempt >= 0),
    disclosure     TEXT NOT NULL CHECK (disclosure IN ('', 'PUBLIC', 'RESTRICTED')),
    announcement   TEXT NOT NULL,
    announced_by   TEXT NOT NULL,
    draw_at_us     INTEGER NOT NULL,
    pool_size      INTEGER NOT NULL CHECK (pool_size >= 0),
    entropy_round  TEXT NOT NULL,
    entropy_digits TEXT NOT NULL,
    drawn_count    INTEGER NOT NULL CHECK (drawn_count >= 0),
    result_hash    TEXT NOT NULL CHECK (length(result_hash) IN (0, 64)),
    revision       INTEGER NOT NULL CHECK (revision >= 1),
    created_at_us  INTEGER NOT NULL,
    PRIMARY KEY (year, number)
) STRICT;

-- The secret of an attempt. Apart from the task, so that no row that is shown or logged holds it.
CREATE TABLE draw_secret (
    task    TEXT NOT NULL REFERENCES task (name),
    attempt INTEGER NOT NULL CHECK (attempt >= 1),
    secret  BLOB NOT NULL CHECK (length(secret) = 32),
    PRIMARY KEY (task, attempt)
) STRICT;

-- The frozen input of a draw: what the announcement commits to, and all that a repetition needs.
CREATE TABLE pool_object (
    task     TEXT NOT NULL REFERENCES task (name),
    object   TEXT NOT NULL CHECK (length(object) >= 18),
    stratum  TEXT NOT NULL CHECK (length(stratum) BETWEEN 1 AND 20),
    field    TEXT NOT NULL,
    division TEXT NOT NULL,
    PRIMARY KEY (task, object)
) STRICT;
CREATE TABLE pool_stratum (
    task    TEXT NOT NULL REFERENCES task (name),
    stratum TEXT NOT NULL,
    p       INTEGER NOT NULL CHECK (p >= 0),
    q       INTEGER NOT NULL CHECK (q >= 1),
    PRIMARY KEY (task, stratum)
) STRICT;
CREATE TABLE pool_inspector (
    task         TEXT NOT NULL REFERENCES task (name),
    local_no     TEXT NOT NULL,
    inspector_no TEXT NOT NULL REFERENCES inspector (inspector_no),
    office       TEXT NOT NULL,
    fields       TEXT NOT NULL,
    divisions    TEXT NOT NULL,
    cap          INTEGER NOT NULL,
    PRIMARY KEY (task, local_no)
) STRICT;
CREATE TABLE pool_recusal (
    task     TEXT NOT NULL REFERENCES task (name),
    local_no TEXT NOT NULL,
    object   TEXT NOT NULL,
    PRIMARY KEY (task, local_no, object)
) STRICT;
