-- Serves the permits that were refused for a number, when whose it is changes.
CREATE INDEX refused_permit_by_number ON refused_permit (UPPER(TRIM(permit_no)));
-- Of those whose number had become free before that was said.
UPDATE refused_permit
SET problem = 'the number is free since: record the licence by hand, or have its provider tell the record again'
WHERE problem LIKE 'the number belongs to %'
    AND EXISTS (
        SELECT 1
        FROM licence l
        WHERE l.licence_no IN (TRIM(refused_permit.permit_no), UPPER(TRIM(refused_permit.permit_no))) AND l.vacated_on IS NOT NULL);
