-- Who put the figures of a draw on record, and until when they are held before the system draws by them; empty and 0 while none are.
ALTER TABLE task ADD COLUMN recorded_by TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(recorded_by) <= 200);
ALTER TABLE task ADD COLUMN held_until_us BIGINT NOT NULL DEFAULT 0;
