-- The last day that the body set for deciding again what it annulled; empty where it set none, and the period of the law runs.
ALTER TABLE entry_remedy ADD COLUMN decide_again_by TEXT;
