-- What a task carries out of a plan (`plans/{plan}/items/{item}`), and the task whose visits it joins. Empty for none.
ALTER TABLE task ADD COLUMN plan_item TEXT NOT NULL DEFAULT '' CHECK (length(plan_item) <= 400);
ALTER TABLE task ADD COLUMN joins TEXT NOT NULL DEFAULT '' CHECK (length(joins) <= 40);
CREATE INDEX task_by_plan_item ON task (plan_item) WHERE plan_item <> '';

-- Whom a plan has a task visit. Internal: that somebody is visited by class tells its class.
CREATE TABLE task_target (
    task TEXT NOT NULL REFERENCES task (name),
    uscc TEXT NOT NULL CHECK (length(uscc) = 18),
    PRIMARY KEY (task, uscc)
) STRICT;
