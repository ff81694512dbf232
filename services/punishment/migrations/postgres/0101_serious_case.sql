-- Cases for the list of serious violators. A row is never deleted.
CREATE TABLE serious_case (
    id                  TEXT COLLATE "C"   NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    uscc                TEXT COLLATE "C"   NOT NULL CHECK (length(uscc) = 18),
    party_name          TEXT COLLATE "C"   NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    field               TEXT COLLATE "C"   NOT NULL,
    division            TEXT COLLATE "C"   NOT NULL,
    ground              TEXT COLLATE "C"   NOT NULL,
    penalty_document_no TEXT COLLATE "C"   NOT NULL,
    -- Codes joined by ';', in the order given.
    penalty_kinds       TEXT COLLATE "C"   NOT NULL,
    discretion_grade    TEXT COLLATE "C"   NOT NULL,
    state               TEXT COLLATE "C"   NOT NULL CHECK (state IN ('Triggered', 'Assessed', 'NotListed', 'DefencePending', 'HearingHeld',
                                                       'SuperiorConsentPending', 'Decided', 'Published', 'Removed', 'Revoked')),
    last_actor          TEXT COLLATE "C"   NOT NULL,
    listed_on           TEXT COLLATE "C",
    term_ends_on        TEXT COLLATE "C",
    decision_no         TEXT COLLATE "C",
    ended_on            TEXT COLLATE "C",
    due_on              TEXT COLLATE "C",
    revision            BIGINT NOT NULL,
    updated_at_us       BIGINT NOT NULL
);
CREATE INDEX serious_case_by_uscc ON serious_case (uscc, id);
CREATE INDEX serious_case_by_state ON serious_case (state, id);
-- One live case for each penalty decision of a party.
CREATE UNIQUE INDEX serious_case_live ON serious_case (uscc, penalty_document_no)
    WHERE state NOT IN ('NotListed', 'Removed', 'Revoked');
