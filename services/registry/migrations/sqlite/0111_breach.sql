-- Inspection that a letter was last included in; empty before.
ALTER TABLE commitment ADD COLUMN check_task TEXT NOT NULL DEFAULT '' CHECK (length(check_task) <= 200);

-- Breaches of letters, suspected or confirmed, one after the other. While one is not closed, the letter's state is its own.
CREATE TABLE commitment_breach (
    letter           TEXT    NOT NULL REFERENCES commitment (id),
    number           INTEGER NOT NULL CHECK (number >= 1),
    office           TEXT    NOT NULL CHECK (length(office) BETWEEN 1 AND 40),
    task             TEXT    NOT NULL CHECK (length(task) <= 200),
    suspected_on     TEXT    NOT NULL CHECK (length(suspected_on) = 10),
    finding          TEXT    NOT NULL CHECK (length(finding) <= 500),
    heard_on         TEXT    CHECK (length(heard_on) = 10),
    statement        TEXT    NOT NULL CHECK (length(statement) <= 500),
    -- The order to correct: all of it, or nothing.
    ordered_on       TEXT    CHECK (length(ordered_on) = 10),
    document_no      TEXT    NOT NULL CHECK (length(document_no) <= 200),
    legal_basis      TEXT    NOT NULL CHECK (length(legal_basis) <= 500),
    correct_by       TEXT    CHECK (length(correct_by) = 10),
    overdue          INTEGER NOT NULL CHECK (overdue IN (0, 1)),
    not_corrected_on TEXT    CHECK (length(not_corrected_on) = 10),
    -- Who drafted the proposal to revoke the permit: another person sends it.
    drafter          TEXT    NOT NULL CHECK (length(drafter) <= 200),
    proposed_on      TEXT    CHECK (length(proposed_on) = 10),
    proposal_no      TEXT    NOT NULL CHECK (length(proposal_no) <= 200),
    authority        TEXT    NOT NULL CHECK (length(authority) <= 200),
    decision_no      TEXT    NOT NULL CHECK (length(decision_no) <= 200),
    closed_on        TEXT    CHECK (length(closed_on) = 10),
    outcome          TEXT    NOT NULL CHECK (outcome IN ('', 'Dismissed', 'Corrected', 'PermitRevoked', 'PermitKept', 'Lapsed')),
    revision         INTEGER NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (letter, number),
    CHECK ((closed_on IS NULL) = (outcome = '')),
    CHECK ((ordered_on IS NULL) = (correct_by IS NULL))
) STRICT, WITHOUT ROWID;

-- A letter has one breach at a time.
CREATE UNIQUE INDEX breach_open ON commitment_breach (letter) WHERE closed_on IS NULL;
-- Serves the daily search for limits that have passed.
CREATE INDEX breach_by_limit ON commitment_breach (correct_by) WHERE closed_on IS NULL;
