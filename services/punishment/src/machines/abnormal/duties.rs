//! Duties that an entry brings, the parameters of their periods, and which of them a step ends together.

/// Duty to decide on a listing, within the period of the directory.
pub const DECIDE: &str = "abnormal.decide";
/// Duty to decide on a removal.
pub const REMOVE: &str = "abnormal.remove";
/// Parameter of the period of that duty.
pub const REMOVE_WITHIN: &str = "abnormal.remove.decide";
/// Duty to verify what a removal was asked for, where the period for the decision counts from that; and the parameter of its period.
pub const VERIFY_REMOVAL: &str = "abnormal.remove.verify";
/// Duty to take an objection up, or to refuse it.
pub const OBJECTION_ACCEPT: &str = "abnormal.objection.accept";
/// Duty to verify an objection. Its period counts from the objection, not from its being taken up: it ends no later than the law says.
pub const OBJECTION: &str = "abnormal.objection";
/// Duty to consider the revocation of a business licence (企业信息公示暂行条例 as amended by order 777). Whom it concerns follows from the
/// annual reports, so no line of the table opens it: the store does, and ends it with the entry.
pub const CONSIDER_REVOCATION: &str = "abnormal.licence_revocation";
/// Duty to consider whether an entry is to be made again that ended with a party which is registered again, such as after an end that was
/// entered by mistake; and the parameter of its period. The register tells of that, so no line of the table opens it: the store does.
/// Nothing is listed again by itself: whoever listed says what came of it, and makes a new entry where its ground still holds.
pub const CONSIDER_RETURN: &str = "abnormal.party_returned";

/// What ends with an objection.
pub(super) const ANSWERED: &[&str] = &[OBJECTION, OBJECTION_ACCEPT];
/// What ends with the answer to a request for removal.
pub(super) const REMOVAL_ANSWERED: &[&str] = &[REMOVE, VERIFY_REMOVAL];
/// What ends with an entry about which both are open: what is off the directory needs neither.
pub(super) const BOTH_ANSWERED: &[&str] = &[OBJECTION, OBJECTION_ACCEPT, REMOVE, VERIFY_REMOVAL];
/// The duties of an objection and of a removal that are open side by side: the entry shows the earliest of their last days.
pub const SIDE_BY_SIDE: [&str; 3] = [OBJECTION, REMOVE, VERIFY_REMOVAL];
