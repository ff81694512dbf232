-- Annual plans (state machine 6): a row a version. An amendment is a version of its own.
CREATE TABLE plan (
    year          BIGINT NOT NULL CHECK (year BETWEEN 1000 AND 9999),
    version       BIGINT NOT NULL CHECK (version >= 1),
    title         TEXT COLLATE "C" NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('Draft', 'Reviewed', 'Approved', 'Filed', 'Published', 'Superseded')),
    reason        TEXT COLLATE "C" NOT NULL CHECK (length(reason) <= 500),
    drafted_by    TEXT COLLATE "C" NOT NULL,
    from_month    BIGINT NOT NULL CHECK (from_month BETWEEN 1 AND 12),
    -- No value while nobody has set a cap.
    annual_cap    BIGINT CHECK (annual_cap >= 0),
    -- Visits a month by field: `FIELD:NUMBER`, joined by commas.
    capacities    TEXT COLLATE "C" NOT NULL CHECK (length(capacities) <= 2000),
    visits        BIGINT NOT NULL CHECK (visits >= 0),
    overdue       BIGINT NOT NULL CHECK (overdue >= 0),
    conflicts     BIGINT NOT NULL CHECK (conflicts >= 0),
    -- Visits of each month and field: `MONTH:FIELD:VISITS:FULL_CHECKS`, joined by commas.
    months        TEXT COLLATE "C" NOT NULL CHECK (length(months) <= 20000),
    document_no   TEXT COLLATE "C" NOT NULL CHECK (length(document_no) <= 100),
    rulebook_hash TEXT COLLATE "C" NOT NULL CHECK (length(rulebook_hash) = 64),
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    created_at_us BIGINT NOT NULL,
    PRIMARY KEY (year, version)
);

-- The visits of a version, in the order of month and enterprise. Internal: how often somebody is visited tells its class.
CREATE TABLE plan_visit (
    year       BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    position   BIGINT NOT NULL CHECK (position >= 0),
    month      BIGINT NOT NULL CHECK (month BETWEEN 1 AND 12),
    uscc       TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    fields     TEXT COLLATE "C" NOT NULL CHECK (length(fields) BETWEEN 2 AND 500),
    full_check TEXT COLLATE "C" NOT NULL CHECK (length(full_check) <= 500),
    counts     BOOLEAN NOT NULL,
    PRIMARY KEY (year, version, position),
    FOREIGN KEY (year, version) REFERENCES plan (year, version)
);

-- What the rules do not allow together.
CREATE TABLE plan_conflict (
    year        BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    position    BIGINT NOT NULL CHECK (position >= 0),
    kind        TEXT COLLATE "C" NOT NULL CHECK (length(kind) BETWEEN 1 AND 20),
    uscc        TEXT COLLATE "C" NOT NULL CHECK (length(uscc) IN (0, 18)),
    excess      BIGINT NOT NULL CHECK (excess >= 1),
    description TEXT COLLATE "C" NOT NULL CHECK (length(description) BETWEEN 1 AND 500),
    PRIMARY KEY (year, version, position),
    FOREIGN KEY (year, version) REFERENCES plan (year, version)
);

-- Whether a task inspects all of its field's catalogue, as it was on its day: its visits are then full checks.
ALTER TABLE task ADD COLUMN full_check BOOLEAN NOT NULL DEFAULT false;
