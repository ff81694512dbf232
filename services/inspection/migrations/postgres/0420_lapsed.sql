-- Day on which a proposal became moot: the visit has begun or is gone, the inspector is not on it any more, or the task was given up. It is
-- stored as a rejected one with that day. What is moot already ends with the day on which it was proposed, and so does the duty to decide it.
ALTER TABLE replacement ADD COLUMN lapsed_on DATE;
UPDATE replacement SET state = 'Rejected', revision = revision + 1,
    lapsed_on = (to_timestamp(created_at_us / 1000000 + 28800) AT TIME ZONE 'UTC')::date
WHERE state = 'Proposed' AND NOT EXISTS (
    SELECT 1 FROM visit v
    WHERE v.task = replacement.task AND v.uscc = replacement.uscc AND v.state = 'NotEntered' AND v.scanned_in_us IS NULL
        AND (replacement.inspector_no = '' OR ',' || v.inspectors || ',' LIKE '%,' || replacement.inspector_no || ',%'));
UPDATE obligation SET done_on = start_on, done_by = 'system'
WHERE kind = 'inspection.replacement.decide' AND done_on IS NULL
    AND subject IN (SELECT r.task || '/replacements/' || r.number FROM replacement r WHERE r.lapsed_on IS NOT NULL);
