-- The months of a plan in force whose tasks nobody has made are a duty from now on, of the year of the latest plan and of those that are not over:
-- what is left of a year that is over belongs to the next plan, and nobody can make its tasks. By the day on which the month begins; where that lay
-- before the version was drafted, by the period that is filled in when the service starts. Nothing from before the first day of a duty is one.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on, due_on)
SELECT w.subject, 'inspection.plan.month', 'CREDIT', '', '', 'inspection.plan.month', w.start_on,
    CASE WHEN w.begins_on > w.start_on THEN w.begins_on END
FROM (
    SELECT 'plans/' || p.year || '-' || p.version || '/months/' || v.month AS subject,
        to_char(to_timestamp(p.created_at_us / 1000000 + 28800) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS start_on,
        to_char(make_date(p.year::int, v.month::int, 1), 'YYYY-MM-DD') AS begins_on
    FROM plan p
    JOIN (SELECT DISTINCT year, version, month FROM plan_visit) v ON v.year = p.year AND v.version = p.version
    WHERE p.state = 'Published' AND p.created_at_us >= 1632672000000000
        AND p.year >= (
            SELECT LEAST(MAX(latest.year), EXTRACT(YEAR FROM (now() + interval '8 hours') AT TIME ZONE 'UTC')::bigint)
            FROM plan latest WHERE latest.state = 'Published')
        AND NOT EXISTS (
            SELECT 1 FROM task t
            WHERE t.cancelled_for = ''
                AND t.plan_item LIKE 'plans/' || p.year || '-' || p.version || '/items/' || v.month || '-%')
) w
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
