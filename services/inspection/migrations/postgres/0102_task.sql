-- Numbers of tasks: one row a year.
CREATE TABLE task_number (
    year BIGINT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL CHECK (last >= 1)
);

-- Inspection tasks (state machine 6). What is empty before a step is the empty text or 0.
CREATE TABLE task (
    year           BIGINT NOT NULL,
    number         BIGINT NOT NULL CHECK (number >= 1),
    name           TEXT COLLATE "C" NOT NULL UNIQUE CHECK (length(name) BETWEEN 12 AND 40),
    title          TEXT COLLATE "C" NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    field          TEXT COLLATE "C" NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    divisions      TEXT COLLATE "C" NOT NULL CHECK (length(divisions) <= 500),
    stratify_by    TEXT COLLATE "C" NOT NULL CHECK (stratify_by IN ('CLASS', 'UNIFORM')),
    percent        BIGINT NOT NULL CHECK (percent BETWEEN 0 AND 100),
    per_object     BIGINT NOT NULL CHECK (per_object BETWEEN 1 AND 64),
    lead_office    TEXT COLLATE "C" NOT NULL CHECK (length(lead_office) BETWEEN 2 AND 32),
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('Created', 'PoolSnapshotted', 'ObjectsDrawn',
        'InspectorsDrawn', 'Assigned', 'InProgress', 'ResultsComplete', 'Closed')),
    attempt        BIGINT NOT NULL CHECK (attempt >= 0),
    disclosure     TEXT COLLATE "C" NOT NULL CHECK (disclosure IN ('', 'PUBLIC', 'RESTRICTED')),
    announcement   TEXT COLLATE "C" NOT NULL,
    announced_by   TEXT COLLATE "C" NOT NULL,
    draw_at_us     BIGINT NOT NULL,
    pool_size      BIGINT NOT NULL CHECK (pool_size >= 0),
    entropy_round  TEXT COLLATE "C" NOT NULL,
    entropy_digits TEXT COLLATE "C" NOT NULL,
    drawn_count    BIGINT NOT NULL CHECK (drawn_count >= 0),
    result_hash    TEXT COLLATE "C" NOT NULL CHECK (length(result_hash) IN (0, 64)),
    revision       BIGINT NOT NULL CHECK (revision >= 1),
    created_at_us  BIGINT NOT NULL,
    PRIMARY KEY (year, number)
);

-- The secret of an attempt. Apart from the task, so that no row that is shown or logged holds it.
CREATE TABLE draw_secret (
    task    TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    attempt BIGINT NOT NULL CHECK (attempt >= 1),
    secret  BYTEA NOT NULL CHECK (length(secret) = 32),
    PRIMARY KEY (task, attempt)
);

-- The frozen input of a draw: what the announcement commits to, and all that a repetition needs.
CREATE TABLE pool_object (
    task     TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    object   TEXT COLLATE "C" NOT NULL CHECK (length(object) >= 18),
    stratum  TEXT COLLATE "C" NOT NULL CHECK (length(stratum) BETWEEN 1 AND 20),
    field    TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (task, object)
);
CREATE TABLE pool_stratum (
    task    TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    stratum TEXT COLLATE "C" NOT NULL,
    p       BIGINT NOT NULL CHECK (p >= 0),
    q       BIGINT NOT NULL CHECK (q >= 1),
    PRIMARY KEY (task, stratum)
);
CREATE TABLE pool_inspector (
    task         TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    local_no     TEXT COLLATE "C" NOT NULL,
    inspector_no TEXT COLLATE "C" NOT NULL REFERENCES inspector (inspector_no),
    office       TEXT COLLATE "C" NOT NULL,
    fields       TEXT COLLATE "C" NOT NULL,
    divisions    TEXT COLLATE "C" NOT NULL,
    cap          BIGINT NOT NULL,
    PRIMARY KEY (task, local_no)
);
CREATE TABLE pool_recusal (
    task     TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    local_no TEXT COLLATE "C" NOT NULL,
    object   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (task, local_no, object)
);
