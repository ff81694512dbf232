-- Why a task was cancelled. A cancelled task is stored as a closed one with a reason: nobody is visited for either any more.
ALTER TABLE task ADD COLUMN cancelled_for TEXT NOT NULL DEFAULT '' CHECK (length(cancelled_for) <= 500);
