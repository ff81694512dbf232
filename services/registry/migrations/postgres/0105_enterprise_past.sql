-- Enterprises have a history: what was true from which day, and when it became known. The present content stays in `enterprise`;
-- what it has replaced is kept here, without the name of a person.
ALTER TABLE enterprise ADD COLUMN registered_division TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(registered_division) <= 12);
ALTER TABLE enterprise ADD COLUMN registering_authority TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(registering_authority) <= 200);
-- First day on which the content is true.
ALTER TABLE enterprise ADD COLUMN effective_on DATE NOT NULL DEFAULT '1900-01-01';
UPDATE enterprise SET effective_on = established_on WHERE established_on IS NOT NULL;

CREATE TABLE enterprise_past (
    uscc                  TEXT COLLATE "C" NOT NULL CHECK (length(uscc) = 18),
    revision              BIGINT NOT NULL CHECK (revision >= 1),
    legal_name            TEXT COLLATE "C" NOT NULL,
    party_kind            TEXT COLLATE "C" NOT NULL,
    division              TEXT COLLATE "C" NOT NULL,
    industry              TEXT COLLATE "C" NOT NULL,
    address               TEXT COLLATE "C" NOT NULL,
    established_on        DATE,
    capital_fen           BIGINT NOT NULL,
    registration_state    TEXT COLLATE "C" NOT NULL,
    foreign_invested      BOOLEAN NOT NULL,
    created_at_us         BIGINT NOT NULL,
    -- When it became known; what replaced it became known at the instant of the next revision.
    updated_at_us         BIGINT NOT NULL,
    registered_division   TEXT COLLATE "C" NOT NULL,
    registering_authority TEXT COLLATE "C" NOT NULL,
    effective_on          DATE NOT NULL,
    PRIMARY KEY (uscc, revision)
);
