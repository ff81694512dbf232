-- Cases for the list of serious violators that are in progress (a projection of punishment's feed, rebuildable): a ground on which an
-- enterprise gives way after a draw.
CREATE TABLE subject_case (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 120),
    uscc TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18)
);

-- Serves the decision of a replacement.
CREATE INDEX subject_case_by_party ON subject_case (uscc);
