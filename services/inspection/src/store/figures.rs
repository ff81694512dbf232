//! What inspection counts for the dispatch (R48): tasks, visits, their publication, rectifications.

/// The statements, each as `service::figures` asks for them.
pub const FIGURES: &[&str] = &[TASKS, VISITS, PUBLISHED, ORDERED, CLOSED];

/// Tasks that were created within the days, with the office that leads them. A task has several divisions, and counts in none.
const TASKS: &str = "
    SELECT 'task.created' AS code, t.lead_office AS office, t.field, '' AS division
    FROM period, task t
    WHERE t.created_at_us >= from_us AND t.created_at_us < before_us";

/// Visits within the days whose result was entered.
const VISITS: &str = "
    SELECT 'visit.made' AS code, t.lead_office AS office, v.field, v.division
    FROM period, visit v JOIN task t ON t.name = v.task
    WHERE v.visited_on BETWEEN first_on AND last_on";

/// Results that were published within the days.
const PUBLISHED: &str = "
    SELECT 'visit.published' AS code, t.lead_office AS office, v.field, v.division
    FROM period, visit v JOIN task t ON t.name = v.task
    WHERE v.published_at_us >= from_us AND v.published_at_us < before_us";

/// Rectifications that were ordered within the days; a case lead alone orders none.
const ORDERED: &str = "
    SELECT 'rectification.ordered' AS code, r.owner AS office, r.field, r.division
    FROM period, rectification r
    WHERE r.ordered_on BETWEEN first_on AND last_on AND NOT r.lead_only";

/// Rectifications that a check within the days found done, also where a case lead still waits for its answer.
const CLOSED: &str = "
    SELECT 'rectification.closed' AS code, r.owner AS office, r.field, r.division
    FROM period, rectification r
    WHERE r.state = 'Closed' AND r.lifted_on IS NULL AND r.rechecked_on BETWEEN first_on AND last_on";
