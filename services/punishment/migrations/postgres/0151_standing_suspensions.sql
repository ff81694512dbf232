-- Suspensions of an entry that have ended: `first day/day on which it counted again` of each, joined by ';'. Empty while none has.
ALTER TABLE standing ADD COLUMN suspensions TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE standing_past ADD COLUMN suspensions TEXT COLLATE "C" NOT NULL DEFAULT '';
