-- The steps of draws as screens show them: the message `CeremonyStep` as encoded. Rows never change.
CREATE TABLE ceremony_step (
    task     TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    position BIGINT NOT NULL CHECK (position >= 1),
    step     BYTEA NOT NULL CHECK (length(step) <= 100000),
    PRIMARY KEY (task, position)
);

-- Serves the draws that the system runs when they are due.
CREATE INDEX task_to_draw ON task (draw_at_us) WHERE state = 'PoolSnapshotted';
