-- Checks that others made, of all departments (a projection of collection's feed, rebuildable): they count for the annual cap.
CREATE TABLE other_check (
    record     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(record) BETWEEN 1 AND 120),
    uscc       TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    -- Empty for a check in no key field.
    field      TEXT COLLATE "C" NOT NULL CHECK (length(field) <= 20),
    checked_on DATE NOT NULL,
    -- Whether a higher body checked: then the same items are not checked again for some months.
    superior   BOOLEAN NOT NULL
);

-- Serves the annual plan and the freezing of a pool.
CREATE INDEX other_check_by_day ON other_check (checked_on, uscc);
