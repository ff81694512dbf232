-- What an enterprise is called, for those who act on a result. Empty until the register's next word about it.
ALTER TABLE subject ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(name) <= 400);
