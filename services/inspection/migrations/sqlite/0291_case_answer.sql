-- When the body that handles cases said that it files none, and why. A rectification that is put right and waits for that answer is stored
-- as a closed one with a case lead that has none.
ALTER TABLE rectification ADD COLUMN case_declined_on TEXT;
ALTER TABLE rectification ADD COLUMN case_declined_for TEXT NOT NULL DEFAULT '' CHECK (length(case_declined_for) <= 500);
-- A passed re-check ended the duty to answer a lead before: it is due after all. The last day is filled in when the service starts.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT r.task || '/visits/' || r.uscc || '/rectification', 'inspection.rectification.case', 'ENFORCEMENT', r.field, r.division,
    'inspection.rectification.case', r.rechecked_on
FROM rectification r
WHERE r.state = 'Closed' AND r.case_lead AND r.lifted_on IS NULL AND r.rechecked_on IS NOT NULL
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
-- What was published as pending before that was a duty to replace; before the first day of the duty there is none.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT v.task || '/visits/' || v.uscc, 'inspection.result.pending', t.lead_office, v.field, v.division, 'inspection.result.pending',
    v.visited_on
FROM visit v JOIN task t ON t.name = v.task
WHERE v.state = 'FollowUp' AND v.visited_on >= '2021-09-27'
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
