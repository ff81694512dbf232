-- Why a version of a plan was given up before it was approved. Such a version is stored as one that gave way, with the reason: it never
-- comes into force.
ALTER TABLE plan ADD COLUMN cancelled_for TEXT COLLATE "C" NOT NULL DEFAULT '' CHECK (length(cancelled_for) <= 500);
