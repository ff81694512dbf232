-- SM3 of the draw with its replacements; empty while nothing was replaced.
ALTER TABLE task ADD COLUMN final_hash TEXT NOT NULL DEFAULT '' CHECK (length(final_hash) IN (0, 64));

-- Who gives way after the draw (state machine 6). The visit of an enterprise that gave way is gone; what it was stands here.
CREATE TABLE replacement (
    task          TEXT NOT NULL REFERENCES task (name),
    number        INTEGER NOT NULL CHECK (number >= 1),
    uscc          TEXT NOT NULL CHECK (length(uscc) = 18),
    -- Empty with no slot when the enterprise gives way.
    inspector_no  TEXT NOT NULL CHECK (length(inspector_no) <= 20),
    slot          INTEGER CHECK (slot >= 0),
    ground        TEXT NOT NULL CHECK (length(ground) BETWEEN 1 AND 40),
    cited         TEXT NOT NULL CHECK (length(cited) BETWEEN 3 AND 60),
    state         TEXT NOT NULL CHECK (state IN ('Proposed', 'Approved', 'Rejected')),
    proposed_by   TEXT NOT NULL,
    reason        TEXT NOT NULL CHECK (length(reason) <= 500),
    -- Place among the approved ones: each follows from those before it.
    position      INTEGER CHECK (position >= 1),
    next          TEXT NOT NULL CHECK (length(next) <= 20),
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (task, number)
) STRICT;
CREATE UNIQUE INDEX replacement_in_order ON replacement (task, position) WHERE position IS NOT NULL;
