-- What waits already for a step that is a duty from now on is one, too: figures to be recorded, replacements to be decided before the visit
-- begins, results that were entered before their review was due. Nothing from before the first day of a duty is one. The last day is filled
-- in when the service starts; the days are Shanghai's.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT t.name, 'inspection.entropy.record', t.lead_office, t.field, '', 'inspection.entropy.record',
    to_char(to_timestamp(t.draw_at_us / 1000000 + 28800) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
FROM task t
WHERE t.state = 'PoolSnapshotted' AND t.entropy_digits = '' AND t.draw_at_us >= 1632672000000000
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT r.task || '/replacements/' || r.number, 'inspection.replacement.decide', t.lead_office, t.field, v.division,
    'inspection.replacement.decide', to_char(to_timestamp(r.created_at_us / 1000000 + 28800) AT TIME ZONE 'UTC', 'YYYY-MM-DD')
FROM replacement r JOIN task t ON t.name = r.task JOIN visit v ON v.task = r.task AND v.uscc = r.uscc
WHERE r.state = 'Proposed' AND v.state = 'NotEntered' AND v.scanned_in_us IS NULL AND r.created_at_us >= 1632672000000000
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT v.task || '/visits/' || v.uscc, 'inspection.result.publish', t.lead_office, v.field, v.division, 'inspection.result.publish',
    to_char(v.visited_on, 'YYYY-MM-DD')
FROM visit v JOIN task t ON t.name = v.task
WHERE v.state IN ('PendingReview', 'Returned') AND v.visited_on >= '2019-02-01'
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
