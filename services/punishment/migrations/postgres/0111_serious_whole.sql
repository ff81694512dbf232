-- Machine 8 whole: opinion and review, hearing, consent apart from the decision, other provinces, early removal, restoration.
ALTER TABLE serious_case DROP CONSTRAINT serious_case_state_check;
ALTER TABLE serious_case
    ADD CONSTRAINT serious_case_state_check CHECK (state IN ('Triggered', 'OpinionGiven', 'Assessed', 'Reviewed', 'NotListed', 'NoticeServed', 'DefencePending',
        'HearingOrdered', 'HearingHeld', 'SuperiorConsentPending', 'Consented', 'Decided', 'DecidedElsewhere',
        'PushedElsewhere', 'Published', 'EarlyRemovalRequested', 'RemovedEarly', 'Restored', 'Removed', 'Revoked')),
    -- Province or division in which the party is registered; empty when it is that of the case.
    ADD COLUMN registered_in TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- Procedure of the day on which the case was opened: a code of the rulebook's set `serious_procedure`.
    ADD COLUMN procedure TEXT COLLATE "C" NOT NULL DEFAULT 'order44',
    -- Who put forward what the next decision answers.
    ADD COLUMN proposed_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- First day of the term: that of the listing, or of the restoration.
    ADD COLUMN term_starts_on TEXT COLLATE "C",
    -- Code of the rulebook's set `serious_removal_ground`; empty while the case has not ended.
    ADD COLUMN removal_ground TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- First day of an order that suspends the entry; empty while none does.
    ADD COLUMN suspended_on TEXT COLLATE "C",
    -- Assessment, review, hearing and decision: a message `CasePapers`.
    ADD COLUMN papers BYTEA NOT NULL DEFAULT '';
UPDATE serious_case SET proposed_by = last_actor, term_starts_on = listed_on,
    removal_ground = CASE state WHEN 'Removed' THEN 'Expiry' WHEN 'Revoked' THEN 'Revoked' ELSE '' END;
-- Who took which step of a case: who conducts its hearing must have taken none.
CREATE TABLE serious_step (
    case_id      TEXT COLLATE "C"   NOT NULL REFERENCES serious_case (id),
    revision    BIGINT NOT NULL,
    event       TEXT COLLATE "C"   NOT NULL,
    office      TEXT COLLATE "C"   NOT NULL,
    person      TEXT COLLATE "C"   NOT NULL,
    acted_on    TEXT COLLATE "C"   NOT NULL,
    document_no TEXT COLLATE "C"   NOT NULL,
    legal_basis TEXT COLLATE "C"   NOT NULL,
    reason      TEXT COLLATE "C"   NOT NULL,
    PRIMARY KEY (case_id, revision)
);
