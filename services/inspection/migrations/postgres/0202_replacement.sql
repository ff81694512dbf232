-- SM3 of the draw with its replacements; empty while nothing was replaced.
ALTER TABLE task ADD COLUMN final_hash TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(final_hash) IN (0, 64));

-- Who gives way after the draw (state machine 6). The visit of an enterprise that gave way is gone; what it was stands here.
CREATE TABLE replacement (
    task          TEXT COLLATE "C" NOT NULL REFERENCES task (name),
    number        BIGINT NOT NULL CHECK (number >= 1),
    uscc          TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    -- Empty with no slot when the enterprise gives way.
    inspector_no  TEXT COLLATE "C" NOT NULL CHECK (length(inspector_no) <= 20),
    slot          BIGINT CHECK (slot >= 0),
    ground        TEXT COLLATE "C" NOT NULL CHECK (length(ground) BETWEEN 1 AND 40),
    cited         TEXT COLLATE "C" NOT NULL CHECK (length(cited) BETWEEN 3 AND 60),
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('Proposed', 'Approved', 'Rejected')),
    proposed_by   TEXT COLLATE "C" NOT NULL,
    reason        TEXT COLLATE "C" NOT NULL CHECK (length(reason) <= 500),
    -- Place among the approved ones: each follows from those before it.
    position      BIGINT CHECK (position >= 1),
    next          TEXT COLLATE "C" NOT NULL CHECK (length(next) <= 20),
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    created_at_us BIGINT NOT NULL,
    PRIMARY KEY (task, number)
);
CREATE UNIQUE INDEX replacement_in_order ON replacement (task, position) WHERE position IS NOT NULL;
