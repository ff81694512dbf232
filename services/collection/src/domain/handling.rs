//! What becomes of a ticket, and by when the law wants it (投诉举报处理暂行办法). Which periods a kind has, its tags in the rulebook
//! say: complaints are mediated, tips are checked, other calls have no period here.

use chrono::NaiveDate;
use contract::collection::v1::{Ticket, TicketProgress};
use rulebook::Code;

/// Kind and parameter: accepting a complaint or not (art 14).
pub const ACCEPT: &str = "complaint.accept";
/// Kind and parameter: ending the mediation (art 21).
pub const MEDIATE: &str = "complaint.mediation";
/// Kind and parameter: checking the clue of a tip (art 23).
pub const CHECK: &str = "complaint.clue.check";
/// Kind and parameter: telling a named caller of the filing decision (art 31).
pub const TELL: &str = "tip.named.tell";
/// Kind and parameter: telling both parties that the mediation was ended (art 21).
pub const TELL_PARTIES: &str = "complaint.end_mediation.tell";
/// Every period of a ticket.
pub const PERIODS: [&str; 5] = [ACCEPT, MEDIATE, CHECK, TELL, TELL_PARTIES];

/// Tag of kinds that are mediated.
const MEDIATED: &str = "mediated";
/// Tag of kinds that are checked.
const CHECKED: &str = "checked";

/// What is wrong with a progress.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A day without its decision, or the other way round.
    #[error("must be given together with `{0}`")]
    Alone(&'static str),
    /// A day before the one that it follows.
    #[error("lies before {0}")]
    Before(NaiveDate),
    /// The kind of ticket has no such step.
    #[error("is not a step of tickets of this kind")]
    OtherKind,
    /// Nothing was accepted that could be found true, or closed by mediation.
    #[error("needs a decision before it: `{0}`")]
    Undecided(&'static str),
}

/// The days of a progress, read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// Of the decision to accept.
    pub acceptance: Option<NaiveDate>,
    /// Of the decision to file a case.
    pub filing: Option<NaiveDate>,
    /// Of telling the caller.
    pub told: Option<NaiveDate>,
    /// Of closing.
    pub closed: Option<NaiveDate>,
    /// Of the decision to end the mediation.
    pub mediation_ended: Option<NaiveDate>,
    /// Of telling both parties so.
    pub parties_told: Option<NaiveDate>,
}

/// Whether tickets of a kind have statutory periods: then it matters whom they mean.
pub fn is_handled(kind: Option<&Code>) -> bool {
    kind.is_some_and(|kind| kind.has_tag(MEDIATED) || kind.has_tag(CHECKED))
}

/// What is wrong with a progress of a ticket of this kind that was received on `received`, each with its field.
pub fn faults(
    progress: &TicketProgress,
    days: &Days,
    kind: Option<&Code>,
    received: NaiveDate,
) -> Vec<(&'static str, Fault)> {
    let has = |tag: &str| kind.is_some_and(|kind| kind.has_tag(tag));
    let mut found = Vec::new();
    if days.acceptance.is_some() != progress.accepted.is_some() {
        found.push(("acceptance_on", Fault::Alone("accepted")));
    }
    if days.filing.is_some() != progress.filed.is_some() {
        found.push(("filing_on", Fault::Alone("filed")));
    }
    if days.acceptance.is_some() && !has(MEDIATED) {
        found.push(("acceptance_on", Fault::OtherKind));
    }
    if (days.filing.is_some() || days.told.is_some()) && !has(CHECKED) {
        found.push((if days.filing.is_some() { "filing_on" } else { "told_on" }, Fault::OtherKind));
    }
    if days.told.is_some() && days.filing.is_none() {
        found.push(("told_on", Fault::Undecided("filing_on")));
    }
    if days.mediation_ended.is_some() && progress.accepted != Some(true) {
        found.push(("mediation_ended_on", Fault::Undecided("accepted")));
    }
    if days.parties_told.is_some() && days.mediation_ended.is_none() {
        found.push(("parties_told_on", Fault::Undecided("mediation_ended_on")));
    }
    let follows = [
        ("acceptance_on", days.acceptance, Some(received)),
        ("filing_on", days.filing, Some(received)),
        ("told_on", days.told, days.filing),
        ("mediation_ended_on", days.mediation_ended, days.acceptance),
        ("parties_told_on", days.parties_told, days.mediation_ended),
        (
            "closed_on",
            days.closed,
            [Some(received), days.acceptance, days.filing, days.mediation_ended].into_iter().flatten().max(),
        ),
    ];
    for (field, day, after) in follows {
        if let (Some(day), Some(after)) = (day, after)
            && day < after
        {
            found.push((field, Fault::Before(after)));
        }
    }
    found
}

/// Periods that run for a ticket with this progress, each with its first day. `named`: somebody can be told.
pub fn running(
    ticket: &Ticket,
    days: &Days,
    kind: Option<&Code>,
    received: NaiveDate,
    named: bool,
) -> Vec<(&'static str, NaiveDate)> {
    let has = |tag: &str| kind.is_some_and(|kind| kind.has_tag(tag));
    let accepted = ticket.progress.as_ref().and_then(|progress| progress.accepted);
    let mut running = Vec::new();
    if days.closed.is_none() && days.mediation_ended.is_none() && has(MEDIATED) {
        match (days.acceptance, accepted) {
            (None, _) => running.push((ACCEPT, received)),
            (Some(on), Some(true)) => running.push((MEDIATE, on)),
            (Some(_), _) => {}
        }
    }
    if days.closed.is_none() && days.filing.is_none() && has(CHECKED) {
        running.push((CHECK, received));
    }
    // The duties to tell outlive the closing.
    if let (Some(on), None) = (days.mediation_ended, days.parties_told) {
        running.push((TELL_PARTIES, on));
    }
    if let (Some(on), None, true) = (days.filing, days.told, named) {
        running.push((TELL, on));
    }
    running
}

#[cfg(test)]
mod tests {
    use super::*;
    use rulebook::Rulebook;

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn with_kind<T>(code: &str, test: impl FnOnce(Option<&Code>) -> T) -> T {
        let book = Rulebook::builtin();
        test(book.code("ticket_kind", code, day("2026-03-02")))
    }

    fn periods(kind: &str, progress: TicketProgress, days: Days, named: bool) -> Vec<&'static str> {
        let ticket = Ticket { progress: Some(progress), ..Ticket::default() };
        with_kind(kind, |kind| {
            running(&ticket, &days, kind, day("2026-03-02"), named)
                .into_iter()
                .map(|(period, _)| period)
                .collect()
        })
    }

    #[test]
    fn a_complaint_is_accepted_then_mediated_and_a_tip_checked_then_told() {
        let none = TicketProgress::default();
        assert_eq!(periods("Complaint", none.clone(), Days::default(), true), [ACCEPT]);
        assert_eq!(periods("Tip", none.clone(), Days::default(), true), [CHECK]);
        assert_eq!(periods("Consultation", none, Days::default(), true), [""; 0]);
        let on = Some(day("2026-03-04"));
        let accepted = |accepted| TicketProgress { accepted: Some(accepted), ..TicketProgress::default() };
        let acceptance = Days { acceptance: on, ..Days::default() };
        assert_eq!(periods("Complaint", accepted(true), acceptance, true), [MEDIATE]);
        assert_eq!(periods("Complaint", accepted(false), acceptance, true), [""; 0]);
        let filed = TicketProgress { filed: Some(true), ..TicketProgress::default() };
        let filing = Days { filing: on, closed: on, ..Days::default() };
        assert_eq!(periods("Tip", filed.clone(), filing, true), [TELL]);
        assert_eq!(
            periods("Tip", filed.clone(), filing, false),
            [""; 0],
            "an anonymous caller cannot be told"
        );
        assert_eq!(periods("Tip", filed, Days { told: on, ..filing }, true), [""; 0]);
    }

    #[test]
    fn both_parties_are_told_of_a_mediation_that_was_ended_also_when_the_complaint_is_closed() {
        let accepted = TicketProgress { accepted: Some(true), ..TicketProgress::default() };
        let on = Some(day("2026-03-04"));
        let ended = Days { acceptance: on, mediation_ended: on, ..Days::default() };
        let found = |days| periods("Complaint", accepted.clone(), days, false);
        assert_eq!(found(ended), [TELL_PARTIES]);
        assert_eq!(found(Days { closed: on, ..ended }), [TELL_PARTIES]);
        assert_eq!(found(Days { closed: on, parties_told: on, ..ended }), [""; 0]);
        let agreed = Days { acceptance: on, closed: on, ..Days::default() };
        assert_eq!(found(agreed), [""; 0], "an agreement ends no mediation that one must be told of");
        let faults = |progress: &TicketProgress, days: Days| {
            with_kind("Complaint", |kind| faults(progress, &days, kind, day("2026-03-02")))
        };
        assert_eq!(faults(&accepted, ended), []);
        let refused = TicketProgress { accepted: Some(false), ..TicketProgress::default() };
        assert_eq!(faults(&refused, ended), [("mediation_ended_on", Fault::Undecided("accepted"))]);
        let told = Days { acceptance: on, parties_told: on, ..Days::default() };
        assert_eq!(faults(&accepted, told), [("parties_told_on", Fault::Undecided("mediation_ended_on"))]);
        let early = Some(day("2026-03-03"));
        let before = |field| (field, Fault::Before(day("2026-03-04")));
        let order = Days { mediation_ended: early, ..ended };
        assert_eq!(faults(&accepted, order), [before("mediation_ended_on")]);
        let order = Days { parties_told: early, closed: early, ..ended };
        assert_eq!(faults(&accepted, order), [before("parties_told_on"), before("closed_on")]);
    }

    #[test]
    fn steps_belong_to_their_kind_stand_together_and_in_order() {
        let found = |kind: &str, progress: TicketProgress, days: Days| {
            with_kind(kind, |kind| faults(&progress, &days, kind, day("2026-03-02")))
        };
        let on = Some(day("2026-03-04"));
        let accepted = TicketProgress { accepted: Some(true), ..TicketProgress::default() };
        let acceptance = Days { acceptance: on, ..Days::default() };
        assert_eq!(found("Complaint", accepted.clone(), acceptance), []);
        assert_eq!(found("Tip", accepted.clone(), acceptance), [("acceptance_on", Fault::OtherKind)]);
        assert_eq!(
            found("Complaint", accepted.clone(), Days::default()),
            [("acceptance_on", Fault::Alone("accepted"))]
        );
        let early = Days { acceptance: Some(day("2026-03-01")), closed: on, ..Days::default() };
        assert_eq!(
            found("Complaint", accepted, early),
            [("acceptance_on", Fault::Before(day("2026-03-02")))]
        );
        let told = Days { told: on, ..Days::default() };
        assert_eq!(
            found("Tip", TicketProgress::default(), told),
            [("told_on", Fault::Undecided("filing_on"))]
        );
    }
}
