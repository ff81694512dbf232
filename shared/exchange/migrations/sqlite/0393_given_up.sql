-- Serves the look at dead letters that hold back what must be taken, which a dispatcher takes in every round. Without it SQLite reads all
-- that its receiver was ever told.
CREATE INDEX delivery_given_up ON delivery (receiver, next_attempt_us) WHERE state = 'Dead';
