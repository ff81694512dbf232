-- Entry because of which nothing was opened for a missing report: what stands for an earlier year stands for this one too, while it
-- stands. When it is over, the report is looked for again. Empty otherwise.
ALTER TABLE annual_report ADD COLUMN waits_for TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE annual_report
SET waits_for = COALESCE((
    SELECT entry.id
    FROM abnormal_entry entry
    WHERE entry.uscc = annual_report.uscc AND entry.ground = '1' AND substr(entry.lapsed_on, 1, 4) <> CAST(annual_report.year + 1 AS TEXT)
        AND entry.state NOT IN ('Removed', 'RevokedByError', 'Dismissed')), '')
WHERE looked_at_on IS NOT NULL AND published_on IS NULL;
-- What such an entry stood for until it was over, before this was kept: a missing report of a year on which no entry was opened. It is
-- looked for again, unless the party has ended: the system ends entries for no other reason.
UPDATE annual_report
SET looked_at_on = NULL
WHERE looked_at_on IS NOT NULL AND published_on IS NULL AND waits_for = ''
    AND NOT EXISTS (
        SELECT 1
        FROM abnormal_entry entry
        WHERE entry.uscc = annual_report.uscc
            AND ((entry.ground = '1' AND substr(entry.lapsed_on, 1, 4) = CAST(annual_report.year + 1 AS TEXT))
                OR (entry.state IN ('Removed', 'Dismissed') AND entry.last_actor = 'system')));
CREATE INDEX annual_report_waiting ON annual_report (waits_for) WHERE waits_for <> '';
