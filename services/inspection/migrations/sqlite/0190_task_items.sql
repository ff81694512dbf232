-- What a task inspects: names of the catalogue of supervision items, joined by commas. Empty in tasks from before the catalogue.
ALTER TABLE task ADD COLUMN items TEXT NOT NULL DEFAULT '' CHECK (length(items) <= 2000);
