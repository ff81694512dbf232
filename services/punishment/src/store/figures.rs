//! What punishment counts for the dispatch (R48): entries of both lists, joint measures, applications for credit repair.

/// The statements, each as `service::figures` asks for them.
pub const FIGURES: &[&str] =
    &[ENTERED, REMOVED, SERIOUS_LISTED, SERIOUS_ENDED, MEASURES, MEASURES_ENDED, REPAIRS];

/// Entries of the directory, and marks of sole traders, that were decided within the days; not those that were an error.
const ENTERED: &str = "
    SELECT 'abnormal.listed' AS code, '' AS office, '' AS field, a.division
    FROM period, abnormal_entry a
    WHERE a.listed_on BETWEEN first_day AND last_day AND a.state <> 'RevokedByError'";

/// Entries of the directory that were removed within the days.
const REMOVED: &str = "
    SELECT 'abnormal.removed' AS code, '' AS office, '' AS field, a.division
    FROM period, abnormal_entry a
    WHERE a.removed_on BETWEEN first_day AND last_day AND a.state = 'Removed'";

/// Cases that were listed within the days; not those whose listing was revoked.
const SERIOUS_LISTED: &str = "
    SELECT 'serious.listed' AS code, '' AS office, c.field, c.division
    FROM period, serious_case c
    WHERE c.listed_on BETWEEN first_day AND last_day AND c.state <> 'Revoked'";

/// Cases whose listing ended within the days, by its term or earlier.
const SERIOUS_ENDED: &str = "
    SELECT 'serious.ended' AS code, '' AS office, c.field, c.division
    FROM period, serious_case c
    WHERE c.ended_on BETWEEN first_day AND last_day AND c.state IN ('Removed', 'RemovedEarly')";

/// Joint measures that were derived within the days.
const MEASURES: &str = "
    SELECT 'measure.derived' AS code, '' AS office, '' AS field, m.division
    FROM period, measure m
    WHERE m.starts_on BETWEEN first_day AND last_day";

/// Joint measures that ended within the days.
const MEASURES_ENDED: &str = "
    SELECT 'measure.ended' AS code, '' AS office, '' AS field, m.division
    FROM period, measure m
    WHERE m.ended_on BETWEEN first_day AND last_day";

/// Applications for repair as they stood at the end of the last day.
const REPAIRS: &str = "
    SELECT CASE WHEN s.state IN ('Granted', 'Executed', 'Shared') THEN 'repair.granted'
        WHEN s.state IN ('Refused', 'Denied') THEN 'repair.refused'
        WHEN s.state IN ('Withdrawn', 'RevokedForFraud') THEN 'repair.lapsed'
        ELSE 'repair.open' END AS code,
        '' AS office, r.field, r.division
    FROM (SELECT id, state FROM period, repair WHERE since_us < before_us
          UNION ALL
          SELECT id, state FROM period, repair_past WHERE since_us < before_us AND until_us >= before_us) s
    JOIN repair r ON r.id = s.id";
