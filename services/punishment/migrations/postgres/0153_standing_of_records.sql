-- What records trigger stands beside what is on the lists: a breach of a commitment, a revoked licence, penalties within a year.
ALTER TABLE standing DROP CONSTRAINT standing_list_check;
ALTER TABLE standing
    ADD CONSTRAINT standing_list_check CHECK (list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS', 'BROKEN_COMMITMENT',
        'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR'));
