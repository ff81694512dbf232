-- Why a run was approved although a line office differs from a result of its sample; empty otherwise.
ALTER TABLE run ADD COLUMN approval_reason TEXT NOT NULL DEFAULT '' CHECK (length(approval_reason) <= 200);

-- What line offices are asked about a run before it is approved, one sample a field. A run that was reviewed before these tables came has
-- none, and cannot be approved any more: start another one.
CREATE TABLE run_sample (
    run           TEXT    NOT NULL REFERENCES run (id),
    field         TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    -- Line office that is asked.
    office        TEXT    NOT NULL CHECK (length(office) BETWEEN 2 AND 40),
    state         TEXT    NOT NULL CHECK (state IN ('Drawn', 'Agreed', 'Disputed', 'Lapsed')),
    -- Person who looked for the office, and when; empty and 0 before.
    checked_by    TEXT    NOT NULL,
    checked_at_us INTEGER NOT NULL,
    PRIMARY KEY (run, field)
) STRICT, WITHOUT ROWID;

-- Results of a run that are in a sample; while the run is computed, those that may come to be. They stay, so that what was looked at can
-- be shown again.
CREATE TABLE run_sample_class (
    run               TEXT    NOT NULL REFERENCES run (id),
    field             TEXT    NOT NULL,
    uscc              TEXT    NOT NULL CHECK (length(uscc) = 18),
    division          TEXT    NOT NULL,
    code              TEXT    NOT NULL,
    general_code      TEXT    NOT NULL,
    professional_code TEXT    NOT NULL,
    -- Combined class in effect when it was computed; empty for an enterprise that had no class.
    previous_code     TEXT    NOT NULL,
    -- What it is chosen by: place of the class in its scheme, whether a code differs, and its lot (SM3).
    class_rank        INTEGER NOT NULL CHECK (class_rank >= 0),
    moved             INTEGER NOT NULL CHECK (moved IN (0, 1)),
    lot               BLOB    NOT NULL CHECK (length(lot) = 32),
    -- Why it is in the sample; empty for one that may come to be.
    chosen_as         TEXT    NOT NULL CHECK (chosen_as IN ('', 'riskiest', 'changed', 'any')),
    -- What the line office says of it; empty before.
    verdict           TEXT    NOT NULL CHECK (verdict IN ('', 'agrees', 'differs')),
    reason            TEXT    NOT NULL CHECK (length(reason) <= 200),
    PRIMARY KEY (run, field, uscc)
) STRICT, WITHOUT ROWID;
