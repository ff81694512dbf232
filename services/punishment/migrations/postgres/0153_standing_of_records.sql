-- What records trigger stands beside what is on the lists: a breach of a commitment, a revoked licence, penalties within a year.
ALTER TABLE standing DROP CONSTRAINT standing_list_check;
ALTER TABLE standing
    ADD CONSTRAINT standing_list_check CHECK (list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS', 'BROKEN_COMMITMENT',
        'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR'));
-- The reader of the records has another name than that of the penalties had, and reads all of them once more: the copy begins empty, and
-- nothing is left of the old reader. The tables of the feed, 0040, are there before this step.
DELETE FROM penalty;
DELETE FROM feed_parked WHERE consumer = 'punishment-penalties';
DELETE FROM feed_cursor WHERE consumer = 'punishment-penalties';
