-- Letters under check, and breaches at each step, that waited for somebody before that was a duty: they are on the work lists from now on, from their
-- last step of which the day is known. Nothing from before the first day of a duty is one. The last day is filled in when the service starts; the
-- days are Shanghai's.
INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on)
SELECT w.subject, w.kind, w.office, w.field, w.division, w.kind, w.start_on
FROM (
    SELECT 'enterprises/' || c.uscc || '/commitments/' || c.id AS subject, c.field AS field, e.division AS division,
        'commitment.check' AS kind, c.office AS office,
        date(c.updated_at_us / 1000000 + 28800, 'unixepoch') AS start_on
    FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
    WHERE c.state = 'UnderCheck'
    UNION ALL
    SELECT 'enterprises/' || c.uscc || '/commitments/' || c.id, c.field, e.division,
        CASE
            WHEN c.state = 'BreachSuspected' THEN 'commitment.suspicion'
            WHEN c.state = 'RevocationProposed' THEN 'commitment.revocation.decision'
            WHEN b.drafter = '' THEN 'commitment.revocation.draft'
            ELSE 'commitment.revocation.propose'
        END,
        CASE WHEN c.state = 'NotCorrected' AND b.drafter <> '' THEN 'LEGAL' ELSE b.office END,
        CASE
            WHEN c.state = 'BreachSuspected' THEN b.suspected_on
            WHEN c.state = 'RevocationProposed' THEN b.proposed_on
            WHEN b.drafter = '' THEN b.not_corrected_on
            ELSE date(c.updated_at_us / 1000000 + 28800, 'unixepoch')
        END
    FROM commitment c
    JOIN enterprise e ON e.uscc = c.uscc
    JOIN commitment_breach b ON b.letter = c.id AND b.closed_on IS NULL
    WHERE c.state IN ('BreachSuspected', 'NotCorrected', 'RevocationProposed')
) w
WHERE w.start_on >= '2021-09-27'
ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING;
