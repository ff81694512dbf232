-- Draws that the system could not run when they were due: why, how often it has tried, and when it tries again. Empty and 0 when nothing
-- keeps the draw.
ALTER TABLE task ADD COLUMN draw_problem TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(draw_problem) <= 1000);
ALTER TABLE task ADD COLUMN draw_failures BIGINT NOT NULL DEFAULT 0 CHECK (draw_failures >= 0);
ALTER TABLE task ADD COLUMN draw_again_us BIGINT NOT NULL DEFAULT 0;
