-- Where the registry says that a party is registered: a credit code keeps the division of its first authority for life. The reader of the
-- names has another name and reads all of them once more, over what is there: nothing is left of the old reader. The tables of the feed,
-- 0040, are there before this step.
ALTER TABLE party_name ADD COLUMN division TEXT NOT NULL DEFAULT '';
DELETE FROM feed_parked WHERE consumer = 'punishment-names';
DELETE FROM feed_cursor WHERE consumer = 'punishment-names';
