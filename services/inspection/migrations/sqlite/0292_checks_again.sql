-- How a check of others was made is known only of those that were told since it is kept. The reader of the checks has another name and reads
-- all of them once more, over what is there: nothing is left of the old reader. The tables of the feed, 0040, are there before this step.
DELETE FROM feed_parked WHERE consumer = 'inspection-checks';
DELETE FROM feed_cursor WHERE consumer = 'inspection-checks';
