-- The months of a plan in force whose tasks nobody has made are a duty from now on, of the year of the latest plan and of the one before it:
-- by the day on which the month begins. Nothing from before the first day of a duty is one.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on, due_on)
SELECT DISTINCT 'plans/' || p.year || '-' || p.version || '/months/' || v.month, 'inspection.plan.month', 'CREDIT', '', '',
    'inspection.plan.month', date(p.created_at_us / 1000000 + 28800, 'unixepoch'), printf('%04d-%02d-01', p.year, v.month)
FROM plan p JOIN plan_visit v ON v.year = p.year AND v.version = p.version
WHERE p.state = 'Published' AND p.created_at_us >= 1632672000000000
    AND p.year >= (SELECT MAX(latest.year) FROM plan latest WHERE latest.state = 'Published') - 1
    AND NOT EXISTS (
        SELECT 1 FROM task t
        WHERE t.cancelled_for = ''
            AND t.plan_item LIKE 'plans/' || p.year || '-' || p.version || '/items/' || v.month || '-%')
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
