-- More states of machine 8: a hearing that was asked for, and a listing of a party of another province that is restored, told there and
-- published there.
-- SQLite cannot change a check, so the table is made again; the steps, which refer to it, are put aside meanwhile.
CREATE TABLE serious_step_aside AS SELECT * FROM serious_step;
DROP TABLE serious_step;
CREATE TABLE serious_case_anew (
    id                  TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    uscc                TEXT    NOT NULL CHECK (length(uscc) = 18),
    party_name          TEXT    NOT NULL CHECK (length(party_name) BETWEEN 1 AND 200),
    field               TEXT    NOT NULL,
    division            TEXT    NOT NULL,
    -- Province or division in which the party is registered; empty when it is that of the case.
    registered_in       TEXT    NOT NULL DEFAULT '',
    ground              TEXT    NOT NULL,
    penalty_document_no TEXT    NOT NULL,
    -- Codes joined by ';', in the order given.
    penalty_kinds       TEXT    NOT NULL,
    discretion_grade    TEXT    NOT NULL,
    -- Procedure of the day on which the case was opened: a code of the rulebook's set `serious_procedure`.
    procedure           TEXT    NOT NULL,
    state               TEXT    NOT NULL CHECK (state IN ('Triggered', 'OpinionGiven', 'Assessed', 'Reviewed', 'NotListed', 'NoticeServed',
        'DefencePending', 'HearingRequested', 'HearingOrdered', 'HearingHeld', 'SuperiorConsentPending', 'Consented', 'Decided',
        'DecidedElsewhere', 'PushedElsewhere', 'Published', 'EarlyRemovalRequested', 'RemovedEarly', 'Restored', 'RestoredElsewhere',
        'RestoredPushedElsewhere', 'Removed', 'Revoked')),
    last_actor          TEXT    NOT NULL,
    -- Who put forward what the next decision answers.
    proposed_by         TEXT    NOT NULL,
    listed_on           TEXT,
    -- First day of the term: that of the listing, or of the restoration.
    term_starts_on      TEXT,
    term_ends_on        TEXT,
    decision_no         TEXT,
    ended_on            TEXT,
    -- Code of the rulebook's set `serious_removal_ground`; empty while the case has not ended.
    removal_ground      TEXT    NOT NULL DEFAULT '',
    due_on              TEXT,
    acted_on            TEXT,
    -- First day of an order that suspends the entry; empty while none does.
    suspended_on        TEXT,
    -- Assessment, review, hearing and decision: a message `CasePapers`.
    papers              BLOB    NOT NULL,
    -- The extensions of the period of a case, in the order in which they were asked for: messages `CaseExtension`, each with its length
    -- before it; empty for none.
    extensions          BLOB    NOT NULL DEFAULT X'',
    revision            INTEGER NOT NULL,
    updated_at_us       INTEGER NOT NULL
) STRICT;
INSERT INTO serious_case_anew (id, uscc, party_name, field, division, registered_in, ground, penalty_document_no, penalty_kinds, discretion_grade, procedure, state,
    last_actor, proposed_by, listed_on, term_starts_on, term_ends_on, decision_no, ended_on, removal_ground, due_on, acted_on,
    suspended_on, papers, extensions, revision, updated_at_us)
SELECT id, uscc, party_name, field, division, registered_in, ground, penalty_document_no, penalty_kinds, discretion_grade, procedure, state,
    last_actor, proposed_by, listed_on, term_starts_on, term_ends_on, decision_no, ended_on, removal_ground, due_on, acted_on,
    suspended_on, papers, extensions, revision, updated_at_us
FROM serious_case;
DROP TABLE serious_case;
ALTER TABLE serious_case_anew RENAME TO serious_case;
CREATE INDEX serious_case_by_uscc ON serious_case (uscc, id);
CREATE INDEX serious_case_by_state ON serious_case (state, id);
-- One live case for each penalty decision of a party; one that was removed early may be restored.
CREATE UNIQUE INDEX serious_case_live ON serious_case (uscc, penalty_document_no)
    WHERE state NOT IN ('NotListed', 'Removed', 'Revoked');
-- Who took which step of a case: who conducts its hearing must have taken none.
CREATE TABLE serious_step (
    case_id     TEXT    NOT NULL REFERENCES serious_case (id),
    revision    INTEGER NOT NULL,
    event       TEXT    NOT NULL,
    office      TEXT    NOT NULL,
    person      TEXT    NOT NULL,
    acted_on    TEXT    NOT NULL,
    document_no TEXT    NOT NULL,
    legal_basis TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    PRIMARY KEY (case_id, revision)
) STRICT;
INSERT INTO serious_step (case_id, revision, event, office, person, acted_on, document_no, legal_basis, reason)
SELECT case_id, revision, event, office, person, acted_on, document_no, legal_basis, reason FROM serious_step_aside;
DROP TABLE serious_step_aside;
