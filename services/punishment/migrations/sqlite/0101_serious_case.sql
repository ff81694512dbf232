-- Cases for the list of serious violators. A row is never deleted.
CREATE TABLE serious_case (
    id                  TEXT   NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    uscc                TEXT   NOT NULL CHECK (length(uscc) = 18),
    party_name          TEXT   NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    field               TEXT   NOT NULL,
    division            TEXT   NOT NULL,
    ground              TEXT   NOT NULL,
    penalty_document_no TEXT   NOT NULL,
    -- Codes joined by ';', in the order given.
    penalty_kinds       TEXT   NOT NULL,
    discretion_grade    TEXT   NOT NULL,
    state               TEXT   NOT NULL CHECK (state IN ('Triggered', 'Assessed', 'NotListed', 'DefencePending', 'HearingHeld',
                                                       'SuperiorConsentPending', 'Decided', 'Published', 'Removed', 'Revoked')),
    last_actor          TEXT   NOT NULL,
    listed_on           TEXT,
    term_ends_on        TEXT,
    decision_no         TEXT,
    ended_on            TEXT,
    due_on              TEXT,
    revision            INTEGER NOT NULL,
    updated_at_us       INTEGER NOT NULL
) STRICT;
CREATE INDEX serious_case_by_uscc ON serious_case (uscc, id);
CREATE INDEX serious_case_by_state ON serious_case (state, id);
-- One live case for each penalty decision of a party.
CREATE UNIQUE INDEX serious_case_live ON serious_case (uscc, penalty_document_no)
    WHERE state NOT IN ('NotListed', 'Removed', 'Revoked');
