-- Parties without a code have a history, like enterprises: what was true from which day, when it became known, and why it was replaced.
-- The present content stays in `party`. What stood before holds names, too, for as long as the party is not erased.
-- First day on which the content is true.
ALTER TABLE party ADD COLUMN effective_on TEXT NOT NULL DEFAULT '1900-01-01';
ALTER TABLE party ADD COLUMN updated_at_us INTEGER NOT NULL DEFAULT 0;
UPDATE party SET updated_at_us = created_at_us;

CREATE TABLE party_past (
    id            TEXT NOT NULL CHECK (length(id) = 36),
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    legal_name    TEXT NOT NULL,
    party_kind    TEXT NOT NULL,
    division      TEXT NOT NULL,
    related_uscc  TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    -- When it became known; what replaced it became known at the instant of the next revision.
    updated_at_us INTEGER NOT NULL,
    effective_on  TEXT NOT NULL,
    -- Why it was replaced, and by whom.
    reason        TEXT NOT NULL CHECK (length(reason) <= 500),
    officer       TEXT NOT NULL,
    PRIMARY KEY (id, revision)
) STRICT, WITHOUT ROWID;
