-- What calls for a strict review of an enterprise's applications: entries in lists, as far as they stand.
CREATE TABLE review_ground (
    resource   TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(resource) BETWEEN 1 AND 120),
    uscc       TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    called_by  TEXT COLLATE "C" NOT NULL CHECK (length(called_by) BETWEEN 1 AND 40),
    ground     TEXT COLLATE "C" NOT NULL CHECK (length(ground) <= 40),
    since      DATE NOT NULL
);

-- Serves the question about one enterprise.
CREATE INDEX review_ground_by_uscc ON review_ground (uscc);
