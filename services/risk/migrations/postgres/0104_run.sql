-- Runs that can be cancelled, go on after a crash, look back, and show what they would change. What an unfinished run had
-- found goes: it is marked as failed.
DROP TABLE run_touched;
DROP TABLE run_class;

CREATE TABLE run_kept (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),
    as_of DATE NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('Scheduled', 'Snapshotted', 'ScoringGeneral', 'ScoringProfessional',
                                'Combined', 'Reviewed', 'Reported', 'Effective', 'Superseded', 'Cancelled', 'Failed')),
    -- Whether it is being computed. At most one is.
    running BOOLEAN NOT NULL,
    -- First day of the period that the system started it for; empty when somebody asked for it.
    period TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL CHECK (total >= 0),
    done BIGINT NOT NULL CHECK (done >= 0),
    changed BIGINT NOT NULL CHECK (changed >= 0),
    -- Positions in the feeds of registry and of collection that it reads up to.
    registry_seq BIGINT NOT NULL,
    known_seq BIGINT NOT NULL,
    rulebook_hash TEXT COLLATE "C" NOT NULL,
    -- JSON: names and hashes of the models used, and of those that run in their shadow.
    models TEXT COLLATE "C" NOT NULL,
    shadows TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    approved_by TEXT COLLATE "C" NOT NULL,
    problem TEXT COLLATE "C" NOT NULL CHECK (length(problem) <= 1000),
    created_at_us BIGINT NOT NULL,
    -- Last sign of life of the process that computes it.
    heartbeat_at_us BIGINT NOT NULL,
    -- Credit code up to which everything is written; whoever goes on begins behind it.
    written_to TEXT COLLATE "C" NOT NULL,
    -- How often another process had to go on.
    resumed BIGINT NOT NULL CHECK (resumed >= 0)
);
INSERT INTO run_kept (id, as_of, state, running, period, total, done, changed, registry_seq, known_seq, rulebook_hash, models,
    shadows, created_by, approved_by, problem, created_at_us, heartbeat_at_us, written_to, resumed)
SELECT id, as_of, CASE WHEN state IN ('Effective', 'Superseded', 'Failed') THEN state ELSE 'Failed' END, running, '', total,
    done, changed, 0, known_seq, rulebook_hash, models, '[]', created_by, approved_by,
    CASE WHEN state IN ('Effective', 'Superseded', 'Failed') THEN problem
        ELSE 'a new version of the service began; start another run' END,
    created_at_us, heartbeat_at_us, '', 0
FROM run;
DROP TABLE run;
ALTER TABLE run_kept RENAME TO run;
UPDATE run SET running = (1 = 0);
CREATE UNIQUE INDEX run_running ON run (running) WHERE running;
-- Serves the list of runs, the latest first.
CREATE INDEX run_by_time ON run (created_at_us DESC, id DESC);
-- Serves the question whether a run is in effect.
CREATE INDEX run_by_state ON run (state);

-- What a run would change: classes that are new, other than those in effect, or ended (then all codes are empty). Kept until
-- another run takes its place.
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
    floor_code TEXT COLLATE "C" NOT NULL,
    as_of DATE NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    -- Codes in effect when it was computed; empty for an enterprise that had no class.
    previous_code TEXT COLLATE "C" NOT NULL,
    previous_general_code TEXT COLLATE "C" NOT NULL,
    previous_professional_code TEXT COLLATE "C" NOT NULL,
    -- Whether a code differs, and not only what led to it.
    moved BOOLEAN NOT NULL,
    PRIMARY KEY (run, uscc, field)
);

-- What a model that is on trial would say beside the model in force, where it differs. Never served as a class.
CREATE TABLE run_shadow (
    run TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    -- `id@version`.
    model TEXT COLLATE "C" NOT NULL,
    uscc TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    division TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    general_code TEXT COLLATE "C" NOT NULL,
    professional_code TEXT COLLATE "C" NOT NULL,
    -- What the models in force say in the same run.
    effective_code TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run, model, uscc, field)
);

-- How many enterprises go from which class to which: from those in effect to those of the run (`combined`, `general`,
-- `professional`), and from those of the run to those of a model on trial (`shadow`).
CREATE TABLE run_matrix (
    run TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    part TEXT COLLATE "C" NOT NULL CHECK (part IN ('combined', 'general', 'professional', 'shadow')),
    -- `id@version` of the model on trial; empty for the other parts.
    model TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    scheme TEXT COLLATE "C" NOT NULL,
    -- Empty for an enterprise that had no class.
    from_code TEXT COLLATE "C" NOT NULL,
    -- Empty for an enterprise that left the field.
    to_code TEXT COLLATE "C" NOT NULL,
    enterprises BIGINT NOT NULL,
    PRIMARY KEY (run, part, model, field, scheme, from_code, to_code)
);

-- Enterprises whose evidence is another now than a run reads; they are scored again when the run takes effect.
CREATE TABLE run_touched (
    run TEXT COLLATE "C" NOT NULL REFERENCES run (id),
    uscc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run, uscc)
);

-- The class that floors and vetoes alone give: nothing lowers below it.
ALTER TABLE class ADD COLUMN floor_code TEXT COLLATE "C" NOT NULL DEFAULT '';

-- The daily look at every enterprise: windows end without an event. One row.
CREATE TABLE daily_look (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- Day as of which everybody was looked at last; empty before the first.
    day TEXT COLLATE "C" NOT NULL,
    -- Day of the look on its way, and the credit code up to which it came.
    looking TEXT COLLATE "C" NOT NULL,
    looked_to TEXT COLLATE "C" NOT NULL
);
INSERT INTO daily_look (id, day, looking, looked_to) VALUES (1, '', '', '');
