-- What a clue can be found by that collection and risk tell of (projections of their feeds, rebuildable): the names of tickets and signals
-- and nothing of what they say.
CREATE TABLE clue_source (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 120)
);
