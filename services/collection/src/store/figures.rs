//! What collection counts for the dispatch (R48): records by their kind, their publication, tickets.

/// The statements, each as `service::figures` asks for them.
pub const FIGURES: &[&str] = &[RECORDS, PUBLISHED, TICKETS];

/// Records of facts that were decided within the days, but for those withdrawn.
const RECORDS: &str = "
    SELECT 'record.' || r.kind AS code, '' AS office, r.field, COALESCE(p.division, r.division) AS division
    FROM period, record r LEFT JOIN party p ON p.uscc = r.uscc AND p.registered
    WHERE r.decided_on BETWEEN first_on AND last_on AND r.state <> 'Withdrawn'";

/// Publications on a chain that its receiver first acknowledged within the days.
const PUBLISHED: &str = "
    SELECT 'record.published' AS code, '' AS office, r.field, COALESCE(p.division, r.division) AS division
    FROM period, publication c JOIN record r ON r.key = unhex(c.record_id) LEFT JOIN party p ON p.uscc = r.uscc AND p.registered
    WHERE c.published_on BETWEEN first_on AND last_on";

/// Tickets that were accepted within the days.
const TICKETS: &str = "
    SELECT 'ticket.accepted' AS code, '' AS office, t.field, COALESCE(NULLIF(t.division, ''), p.division, '') AS division
    FROM period, ticket t LEFT JOIN party p ON p.uscc = t.uscc AND p.registered
    WHERE t.accepted_on BETWEEN first_on AND last_on";
