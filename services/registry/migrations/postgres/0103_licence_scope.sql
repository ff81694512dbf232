-- What a licence permits, where, and by whom.
ALTER TABLE licence ADD COLUMN scope TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(scope) <= 2000);
ALTER TABLE licence ADD COLUMN site_address TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(site_address) <= 300);
ALTER TABLE licence ADD COLUMN authority TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(authority) <= 200);
