-- Matches of records and tickets with registered parties: proposed by one officer, decided by another. The one that is live
-- says under whose name its subject stands.
CREATE TABLE party_match (
    id         TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    -- `records/…` or `tickets/…`
    subject    TEXT NOT NULL CHECK (length(subject) <= 50),
    sort       TEXT NOT NULL CHECK (sort IN ('record', 'ticket')),
    uscc       TEXT NOT NULL CHECK (length(uscc) = 18),
    legal_name TEXT NOT NULL CHECK (length(legal_name) BETWEEN 1 AND 200),
    score      INTEGER NOT NULL CHECK (score BETWEEN 0 AND 1000),
    -- `KIND points` of each reason, one a line.
    reasons    TEXT NOT NULL CHECK (length(reasons) <= 500),
    field      TEXT NOT NULL CHECK (length(field) <= 20),
    division   TEXT NOT NULL CHECK (length(division) <= 12),
    state      TEXT NOT NULL CHECK (state IN ('Proposed', 'Confirmed', 'Rejected', 'UndoRequested', 'Undone')),
    proposer   TEXT NOT NULL CHECK (length(proposer) BETWEEN 1 AND 200),
    reason     TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    decider    TEXT NOT NULL CHECK (length(decider) <= 200),
    remark     TEXT NOT NULL CHECK (length(remark) <= 500),
    revision   INTEGER NOT NULL CHECK (revision >= 1),
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL
) STRICT;

-- One live match for a record or ticket.
CREATE UNIQUE INDEX party_match_live ON party_match (subject) WHERE state IN ('Proposed', 'Confirmed', 'UndoRequested');
-- Serves the list of matches, the latest first.
CREATE INDEX party_match_by_time ON party_match (created_us, id);
-- Serves the matches of one record or ticket.
CREATE INDEX party_match_by_subject ON party_match (subject, created_us, id);
