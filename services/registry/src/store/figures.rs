//! What the registry counts for the dispatch (R48): enterprises of the lists, marks, letters and breaches.
//!
//! The conditions are those of the lists that show the same: of licences and letters on a day, those of `commitment/coverage.rs`.

/// The statements, each as `service::figures` asks for them.
pub const FIGURES: &[&str] = &[LISTED, MARKS, SIGNED, SUSPECTED, ORDERED];

/// Who holds a valid licence of a field on the last day: one that a later decision ended or suspended was valid then.
const LISTED: &str = "
    SELECT 'list.enterprise' AS code, '' AS office, listed.field, e.division
    FROM (SELECT DISTINCT uscc, field FROM period, licence
          WHERE (state = 'Valid' OR state <> 'Withdrawn' AND decided_on > last_on)
            AND valid_from <= last_on AND valid_to >= last_on) listed
    JOIN enterprise e ON e.uscc = listed.uscc";

/// Marks as they stood at the end of the last day. What they were before the first revision that is known is not; it counts for that.
const MARKS: &str = "
    SELECT CASE m.state WHEN 'Candidate' THEN 'mark.candidate' WHEN 'Published' THEN 'mark.published' ELSE 'mark.underway' END AS code,
        '' AS office, m.field, e.division
    FROM (SELECT uscc, field, state FROM period, mark n
          WHERE updated_at_us < before_us
             OR revision > 1 AND NOT EXISTS (SELECT 1 FROM mark_past p WHERE p.uscc = n.uscc AND p.field = n.field)
          UNION ALL
          SELECT uscc, field, state FROM period, mark_past n
          WHERE until_us >= before_us
            AND (since_us < before_us
                 OR revision > 1 AND NOT EXISTS (
                     SELECT 1 FROM mark_past p
                     WHERE p.uscc = n.uscc AND p.field = n.field AND p.revision < n.revision))) m
    JOIN enterprise e ON e.uscc = m.uscc
    WHERE m.state <> 'Removed'";

/// Of the enterprises of the lists, those whose signed letter is in force on the last day.
const SIGNED: &str = "
    SELECT 'commitment.signed' AS code, '' AS office, listed.field, e.division
    FROM (SELECT DISTINCT uscc, field FROM period, licence
          WHERE (state = 'Valid' OR state <> 'Withdrawn' AND decided_on > last_on)
            AND valid_from <= last_on AND valid_to >= last_on) listed
    JOIN enterprise e ON e.uscc = listed.uscc
    WHERE EXISTS (
        SELECT 1 FROM period, commitment c
        WHERE c.uscc = listed.uscc AND c.field = listed.field AND c.signed_on <= last_on
          AND (c.valid_to IS NULL OR c.valid_to >= last_on) AND (c.ended_on IS NULL OR c.ended_on > last_on))";

/// Breaches of letters that were suspected within the days.
const SUSPECTED: &str = "
    SELECT 'breach.suspected' AS code, b.office, c.field, e.division
    FROM period, commitment_breach b JOIN commitment c ON c.id = b.letter JOIN enterprise e ON e.uscc = c.uscc
    WHERE b.suspected_on BETWEEN first_on AND last_on";

/// Breaches of letters whose correction was ordered within the days.
const ORDERED: &str = "
    SELECT 'breach.ordered' AS code, b.office, c.field, e.division
    FROM period, commitment_breach b JOIN commitment c ON c.id = b.letter JOIN enterprise e ON e.uscc = c.uscc
    WHERE b.ordered_on BETWEEN first_on AND last_on";
