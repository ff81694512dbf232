-- Why a visit is made on another day than those of the other departments that come to the enterprise together; empty when it is made with them.
ALTER TABLE visit ADD COLUMN apart_for TEXT NOT NULL DEFAULT '' CHECK (length(apart_for) <= 200);
-- Serves the visits that departments make together.
CREATE INDEX task_by_joins ON task (joins) WHERE joins <> '';
