-- Last day on which the visits of a task are made; no value for a task without one, and for those of before.
ALTER TABLE task ADD COLUMN end_on DATE;
