-- Tasks whose visits all have a result that stands wait for somebody to close them: a duty from now on, from the day of the last visit.
-- Nothing from before the first day of a duty is one. The last day is filled in when the service starts.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT t.name, 'inspection.task.close', t.lead_office, t.field, '', 'inspection.task.close', MAX(v.visited_on)
FROM task t JOIN visit v ON v.task = t.name
WHERE t.state = 'ResultsComplete'
GROUP BY t.name, t.lead_office, t.field
HAVING MAX(v.visited_on) >= '2021-09-27'
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
