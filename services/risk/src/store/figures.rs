//! What risk counts for the dispatch (R48): signals in the complaints and what officers made of them. Counts alone: no row says of
//! whom.

/// The statements, each as `service::figures` asks for them.
pub const FIGURES: &[&str] = &[RAISED, CONFIRMED];

/// Signals that were raised within the days.
const RAISED: &str = "
    SELECT 'signal.raised' AS code, '' AS office, s.field, s.division
    FROM period, signal s
    WHERE s.raised_on BETWEEN first_on AND last_on";

/// Flags of key attention that began within the days.
const CONFIRMED: &str = "
    SELECT 'flag.begun' AS code, '' AS office, s.field, s.division
    FROM period, signal s
    WHERE s.on_since BETWEEN first_on AND last_on";
