-- Parties without a code have a history, like enterprises: what was true from which day, when it became known, and why it was replaced.
-- The present content stays in `party`. What stood before holds names, too, for as long as the party is not erased.
-- First day on which the content is true.
ALTER TABLE party ADD COLUMN effective_on DATE NOT NULL DEFAULT '1900-01-01';
ALTER TABLE party ADD COLUMN updated_at_us BIGINT NOT NULL DEFAULT 0;
UPDATE party SET updated_at_us = created_at_us;

CREATE TABLE party_past (
    id            TEXT COLLATE "C" NOT NULL CHECK (length(id) = 36),
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    legal_name    TEXT COLLATE "C" NOT NULL,
    party_kind    TEXT COLLATE "C" NOT NULL,
    division      TEXT COLLATE "C" NOT NULL,
    related_uscc  TEXT COLLATE "C" NOT NULL,
    created_at_us BIGINT NOT NULL,
    -- When it became known; what replaced it became known at the instant of the next revision.
    updated_at_us BIGINT NOT NULL,
    effective_on  DATE NOT NULL,
    -- Why it was replaced, and by whom.
    reason        TEXT COLLATE "C" NOT NULL CHECK (length(reason) <= 500),
    officer       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id, revision)
);
