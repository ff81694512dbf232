-- An officer's class in the place of the computed one: proposed by the line office, decided by CREDIT, ending by date.
CREATE TABLE class_override (
    id              TEXT    NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),
    uscc            TEXT    NOT NULL CHECK (length(uscc) = 18),
    field           TEXT    NOT NULL CHECK (length(field) BETWEEN 2 AND 20),
    division        TEXT    NOT NULL CHECK (length(division) <= 12),
    code            TEXT    NOT NULL CHECK (length(code) BETWEEN 1 AND 8),
    -- As it was computed when the override was proposed.
    computed_code   TEXT    NOT NULL,
    reason          TEXT    NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    legal_basis     TEXT    NOT NULL CHECK (length(legal_basis) BETWEEN 1 AND 200),
    -- Last day on which it stands.
    ends_on         TEXT    NOT NULL CHECK (length(ends_on) = 10),
    state           TEXT    NOT NULL CHECK (state IN ('Proposed', 'InForce', 'Refused', 'Withdrawn', 'Lifted', 'Replaced',
                                'Expired')),
    proposed_by     TEXT    NOT NULL,
    proposed_office TEXT    NOT NULL,
    decided_by      TEXT    NOT NULL,
    end_reason      TEXT    NOT NULL CHECK (length(end_reason) <= 200),
    created_at_us   INTEGER NOT NULL,
    revision        INTEGER NOT NULL CHECK (revision >= 1)
) STRICT, WITHOUT ROWID;
-- Of each class at most one is proposed, and at most one in force.
CREATE UNIQUE INDEX class_override_open ON class_override (uscc, field, state) WHERE state IN ('Proposed', 'InForce');
-- Serves the list, the latest first.
CREATE INDEX class_override_by_time ON class_override (created_at_us DESC, id DESC);

-- The override in force beside the computed class: its class as asked for, that class or the floor if it is riskier, and its last
-- day. Empty without one; behind the last day the computed class stands, whether this was noted or not.
ALTER TABLE class ADD COLUMN override_id TEXT NOT NULL DEFAULT '';
ALTER TABLE class ADD COLUMN override_asked TEXT NOT NULL DEFAULT '';
ALTER TABLE class ADD COLUMN override_code TEXT NOT NULL DEFAULT '';
ALTER TABLE class ADD COLUMN override_until TEXT NOT NULL DEFAULT '';
-- Whether an override is proposed: the class is under objection.
ALTER TABLE class ADD COLUMN objected INTEGER NOT NULL DEFAULT 0 CHECK (objected IN (0, 1));
