-- Day on which a case was opened about what was found: for the period of a case from then on it counts as in progress. No value for those of
-- before, which count as over.
ALTER TABLE rectification ADD COLUMN case_opened_on TEXT;
