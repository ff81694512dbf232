-- What is due about an entry was the district's, whoever listed it; since only who listed it may answer, it is that authority's. What a
-- repair of such an entry waits for is so too.
UPDATE obligation SET office = 'FOREIGN_REG'
WHERE done_on IS NULL AND office = 'DISTRICT' AND kind IN ('abnormal.objection.accept', 'abnormal.objection', 'abnormal.remove')
    AND EXISTS (SELECT 1 FROM abnormal_entry e WHERE e.id = substr(obligation.subject, 17) AND e.decided_by = 'FOREIGN_REG')
    AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.subject = obligation.subject AND o.kind = obligation.kind
        AND o.office = 'FOREIGN_REG' AND o.done_on IS NULL);
UPDATE obligation SET office = 'FOREIGN_REG'
WHERE done_on IS NULL AND office = 'DISTRICT' AND kind IN ('repair.accept', 'repair.decide')
    AND EXISTS (SELECT 1 FROM repair r JOIN abnormal_entry e ON e.id = substr(r.subject, 17)
        WHERE r.id = substr(obligation.subject, 9) AND r.subject LIKE 'abnormalEntries/%' AND e.decided_by = 'FOREIGN_REG')
    AND NOT EXISTS (SELECT 1 FROM obligation o WHERE o.subject = obligation.subject AND o.kind = obligation.kind
        AND o.office = 'FOREIGN_REG' AND o.done_on IS NULL);
-- A listing of a party of another province that was restored before was to be published here: it is pushed there first, within the period
-- that begins with the restoration.
UPDATE obligation SET kind = 'serious.push', parameter = 'serious.publish.cross_province.push', due_on = NULL
WHERE done_on IS NULL AND kind = 'serious.publish'
    AND EXISTS (SELECT 1 FROM serious_case c WHERE c.id = substr(obligation.subject, 14) AND c.state = 'Restored'
        AND c.registered_in <> '' AND substr(c.registered_in, 1, 2) <> substr(c.division, 1, 2));
UPDATE serious_case SET state = 'RestoredElsewhere', due_on = NULL
WHERE state = 'Restored' AND registered_in <> '' AND substr(registered_in, 1, 2) <> substr(division, 1, 2);
-- Cases that waited for somebody before that was a duty, from their last step on; of one without steps no day is known. The last day is
-- filled in when the service starts.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT 'seriousCases/' || c.id, w.kind, w.office, c.field, c.division, w.kind, MAX(s.acted_on)
FROM serious_case c
JOIN serious_step s ON s.case_id = c.id
JOIN (SELECT 'Triggered' AS state, 'FOOD' AS field, 'serious.opinion' AS kind, 'FOOD_PROD' AS office
    UNION ALL SELECT 'Triggered', 'FOOD', 'serious.opinion', 'SAMPLING_SPECIAL_FOOD'
    UNION ALL SELECT 'Triggered', 'SE', 'serious.opinion', 'SE_SUPERV'
    UNION ALL SELECT 'Assessed', '', 'serious.review', 'LEGAL'
    UNION ALL SELECT 'SuperiorConsentPending', '', 'serious.consent', 'SUPERIOR'
    UNION ALL SELECT 'NoticeServed', '', 'serious.take_over', 'CREDIT') w ON w.state = c.state AND w.field IN ('', c.field)
WHERE s.acted_on >= '2021-09-01'
GROUP BY c.id, w.kind, w.office, c.field, c.division
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
