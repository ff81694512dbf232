-- Annual plans (state machine 6): a row a version. An amendment is a version of its own.
CREATE TABLE plan (
    year          INTEGER NOT NULL CHECK (year BETWEEN 1000 AND 9999),
    version       INTEGER NOT NULL CHECK (version >= 1),
    title         TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    state         TEXT NOT NULL CHECK (state IN ('Draft', 'Reviewed', 'Approved', 'Filed', 'Published', 'Superseded')),
    reason        TEXT NOT NULL CHECK (length(reason) <= 500),
    drafted_by    TEXT NOT NULL,
    from_month    INTEGER NOT NULL CHECK (from_month BETWEEN 1 AND 12),
    -- No value while nobody has set a cap.
    annual_cap    INTEGER CHECK (annual_cap >= 0),
    -- Visits a month by field: `FIELD:NUMBER`, joined by commas.
    capacities    TEXT NOT NULL CHECK (length(capacities) <= 2000),
    visits        INTEGER NOT NULL CHECK (visits >= 0),
    overdue       INTEGER NOT NULL CHECK (overdue >= 0),
    conflicts     INTEGER NOT NULL CHECK (conflicts >= 0),
    -- Visits of each month and field: `MONTH:FIELD:VISITS:FULL_CHECKS`, joined by commas.
    months        TEXT NOT NULL CHECK (length(months) <= 20000),
    document_no   TEXT NOT NULL CHECK (length(document_no) <= 100),
    rulebook_hash TEXT NOT NULL CHECK (length(rulebook_hash) = 64),
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (year, version)
) STRICT;

-- The visits of a version, in the order of month and enterprise. Internal: how often somebody is visited tells its class.
CREATE TABLE plan_visit (
    year       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    position   INTEGER NOT NULL CHECK (position >= 0),
    month      INTEGER NOT NULL CHECK (month BETWEEN 1 AND 12),
    uscc       TEXT NOT NULL CHECK (length(uscc) = 18),
    fields     TEXT NOT NULL CHECK (length(fields) BETWEEN 2 AND 500),
    full_check TEXT NOT NULL CHECK (length(full_check) <= 500),
    counts     INTEGER NOT NULL,
    PRIMARY KEY (year, version, position),
    FOREIGN KEY (year, version) REFERENCES plan (year, version)
) STRICT;

-- What the rules do not allow together.
CREATE TABLE plan_conflict (
    year        INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    position    INTEGER NOT NULL CHECK (position >= 0),
    kind        TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 20),
    uscc        TEXT NOT NULL CHECK (length(uscc) IN (0, 18)),
    excess      INTEGER NOT NULL CHECK (excess >= 1),
    description TEXT NOT NULL CHECK (length(description) BETWEEN 1 AND 500),
    PRIMARY KEY (year, version, position),
    FOREIGN KEY (year, version) REFERENCES plan (year, version)
) STRICT;

-- Whether a task inspects all of its field's catalogue, as it was on its day: its visits are then full checks.
ALTER TABLE task ADD COLUMN full_check INTEGER NOT NULL DEFAULT 0;
