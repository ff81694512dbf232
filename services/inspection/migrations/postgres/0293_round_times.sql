-- From when on the figures of the announced round, and of its fallback, may be entered: they have taken place by then. 0 for rounds that have
-- no calendar, and for draws that were announced before.
ALTER TABLE task ADD COLUMN round_at_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE task ADD COLUMN fallback_at_us BIGINT NOT NULL DEFAULT 0;
