-- Classification runs over all enterprises (state machine 5).
CREATE TABLE run (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),
    as_of DATE NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('Scheduled', 'Snapshotted', 'ScoringGeneral', 'ScoringProfessional',
                                'Combined', 'Reviewed', 'Effective', 'Superseded', 'Failed')),
    -- Whether it is being computed. At most one is.
    running BOOLEAN NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0),
    done BIGINT NOT NULL CHECK (done >= 0),
    changed BIGINT NOT NULL CHECK (changed >= 0),
    -- JSON: [[field, code, count], …].
    counts TEXT COLLATE "C" NOT NULL,
    known_seq BIGINT NOT NULL,
    rulebook_hash TEXT COLLATE "C" NOT NULL,
    -- JSON: names and hashes of the models used.
    models TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    approved_by TEXT COLLATE "C" NOT NULL,
    problem TEXT COLLATE "C" NOT NULL CHECK (length(problem) <= 1000),
    created_at_us BIGINT NOT NULL,
    -- Last sign of life of the process that computes it.
    heartbeat_at_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX run_running ON run (running) WHERE running;
-- Serves the list of runs, the latest first.
CREATE INDEX run_by_time ON run (created_at_us DESC, id DESC);
-- Serves the question whether a run is in effect.
CREATE INDEX run_by_state ON run (state);

-- What a run found, until it is approved or superseded.
CREATE TABLE run_class (
    run TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    uscc TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    scheme TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    general_code TEXT COLLATE "C" NOT NULL,
    professional_code TEXT COLLATE "C" NOT NULL,
    general_points_e2 BIGINT NOT NULL,
    professional_points_e2 BIGINT NOT NULL,
    as_of DATE NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run, uscc, field)
);

-- Enterprises whose evidence changed after a run had read it; they are scored again when the run takes effect.
CREATE TABLE run_touched (
    run TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    uscc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run, uscc)
);
