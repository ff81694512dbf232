-- How inspector and enterprise are related: a code of the set `recusal_relation`. Empty in recusals from before it was asked for.
ALTER TABLE recusal ADD COLUMN relation TEXT NOT NULL DEFAULT '' CHECK (length(relation) <= 40);
