-- Classification runs over all enterprises (state machine 5).
CREATE TABLE run (
    id              TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),
    as_of           TEXT    NOT NULL CHECK (length(as_of) = 10),
    state           TEXT    NOT NULL CHECK (state IN ('Scheduled', 'Snapshotted', 'ScoringGeneral', 'ScoringProfessional',
                                'Combined', 'Reviewed', 'Effective', 'Superseded', 'Failed')),
    -- Whether it is being computed. At most one is.
    running         INTEGER NOT NULL CHECK (running IN (0, 1)),
    total           INTEGER NOT NULL CHECK (total >= 0),
    done            INTEGER NOT NULL CHECK (done >= 0),
    changed         INTEGER NOT NULL CHECK (changed >= 0),
    -- JSON: [[field, code, count], …].
    counts          TEXT    NOT NULL,
    known_seq       INTEGER NOT NULL,
    rulebook_hash   TEXT    NOT NULL,
    -- JSON: names and hashes of the models used.
    models          TEXT    NOT NULL,
    created_by      TEXT    NOT NULL,
    approved_by     TEXT    NOT NULL,
    problem         TEXT    NOT NULL CHECK (length(problem) <= 1000),
    created_at_us   INTEGER NOT NULL,
    -- Last sign of life of the process that computes it.
    heartbeat_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX run_running ON run (running) WHERE running = 1;
-- Serves the list of runs, the latest first.
CREATE INDEX run_by_time ON run (created_at_us DESC, id DESC);
-- Serves the question whether a run is in effect.
CREATE INDEX run_by_state ON run (state);

-- What a run found, until it is approved or superseded.
CREATE TABLE run_class (
    run                    TEXT    NOT NULL REFERENCES run (id),
    uscc                   TEXT    NOT NULL,
    field                  TEXT    NOT NULL,
    division               TEXT    NOT NULL,
    scheme                 TEXT    NOT NULL,
    code                   TEXT    NOT NULL,
    general_code           TEXT    NOT NULL,
    professional_code      TEXT    NOT NULL,
    general_points_e2      INTEGER NOT NULL,
    professional_points_e2 INTEGER NOT NULL,
    as_of                  TEXT    NOT NULL CHECK (length(as_of) = 10),
    detail                 TEXT    NOT NULL,
    PRIMARY KEY (run, uscc, field)
) STRICT, WITHOUT ROWID;

-- Enterprises whose evidence changed after a run had read it; they are scored again when the run takes effect.
CREATE TABLE run_touched (
    run  TEXT NOT NULL REFERENCES run (id),
    uscc TEXT NOT NULL,
    PRIMARY KEY (run, uscc)
) STRICT, WITHOUT ROWID;
