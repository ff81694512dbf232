-- Enterprises have a history: what was true from which day, and when it became known. The present content stays in `enterprise`;
-- what it has replaced is kept here, without the name of a person.
ALTER TABLE enterprise ADD COLUMN registered_division TEXT NOT NULL DEFAULT '' CHECK (length(registered_division) <= 12);
ALTER TABLE enterprise ADD COLUMN registering_authority TEXT NOT NULL DEFAULT '' CHECK (length(registering_authority) <= 200);
-- First day on which the content is true.
ALTER TABLE enterprise ADD COLUMN effective_on TEXT NOT NULL DEFAULT '1900-01-01';
UPDATE enterprise SET effective_on = established_on WHERE established_on IS NOT NULL;

CREATE TABLE enterprise_past (
    uscc                  TEXT NOT NULL CHECK (length(uscc) = 18),
    revision              INTEGER NOT NULL CHECK (revision >= 1),
    legal_name            TEXT NOT NULL,
    party_kind            TEXT NOT NULL,
    division              TEXT NOT NULL,
    industry              TEXT NOT NULL,
    address               TEXT NOT NULL,
    established_on        TEXT,
    capital_fen           INTEGER NOT NULL,
    registration_state    TEXT NOT NULL,
    foreign_invested      INTEGER NOT NULL,
    created_at_us         INTEGER NOT NULL,
    -- When it became known; what replaced it became known at the instant of the next revision.
    updated_at_us         INTEGER NOT NULL,
    registered_division   TEXT NOT NULL,
    registering_authority TEXT NOT NULL,
    effective_on          TEXT NOT NULL,
    PRIMARY KEY (uscc, revision)
) STRICT, WITHOUT ROWID;
