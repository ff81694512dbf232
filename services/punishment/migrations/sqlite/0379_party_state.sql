-- How the registry says that a party is registered: of one that is no more no report is missed, whenever somebody tells that it owes one.
-- The reader of the register has another name and reads all parties once more, over what is there: nothing is left of the old reader.
ALTER TABLE party_name ADD COLUMN state TEXT NOT NULL DEFAULT '';
DELETE FROM feed_parked WHERE consumer = 'punishment-parties';
DELETE FROM feed_cursor WHERE consumer = 'punishment-parties';
