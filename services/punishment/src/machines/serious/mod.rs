//! Machine 8: a case for the list of serious violators, worked by three bodies.
//!
//! There are two tables, for two procedures. Which one a case follows is decided by the rulebook on the day on which it is opened
//! (parameter `serious.procedure`): a change of the law is a row of data. What follows the decision is the same in both.

#[cfg(test)]
mod tests;
mod words;

use service::machine::{Machine, Office, on, start};

pub use words::{Event, State};

use Event::*;
use State::*;

/// The body that handles the penalty case.
const CASE_BODY: &[Office] = &[Office::ENFORCEMENT];
/// The line offices; the field of the case says which of them may act on it.
const LINE_BODY: &[Office] = &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV];
/// The credit body.
const CREDIT_BODY: &[Office] = &[Office::CREDIT];
/// The next higher department.
const SUPERIOR: &[Office] = &[Office::SUPERIOR];
/// Whoever of both a party writes to whose notice was served while nobody has taken the case over (procedure `draft-2025`).
const EITHER_BODY: &[Office] = &[Office::ENFORCEMENT, Office::CREDIT];
/// The legal office.
const LEGAL: &[Office] = &[Office::LEGAL];
/// Who puts on file that a party asks to be removed: the party, or who answers for the decision and for the list.
const ASKING: &[Office] = &[Office::PARTY, Office::ENFORCEMENT, Office::CREDIT];
/// Who enters what a body above decided.
pub(super) const ANNULLING: &[Office] = &[Office::ENFORCEMENT, Office::LEGAL];

/// Parameters of the period in which a party whose notice was served may defend itself, by order 44 and by the draft of 2025.
const HEARING_REQUEST: &str = "hearing.request";
const OBJECTION_2025: &str = "serious.draft2025.objection";

/// Duty to decide a case, or to drop it, within the period of the penalty case (行政处罚法 art 60).
pub const CASE_PERIOD: &str = "serious.case_period";
/// Parameter of that period.
const CASE_PERIOD_PARAMETER: &str = "penalty.case_period";
/// Duty to give an opinion on a case. The field says which line offices it waits for, so no line of the table opens it: the store does.
pub const OPINION: &str = "serious.opinion";
/// Duty of the legal office to review an assessment, or to give it back.
pub const REVIEW: &str = "serious.review";
/// Duty of the next higher department to answer whether it consents.
pub const CONSENT: &str = "serious.consent";
/// Duty of the credit body to take a case over (procedure `draft-2025`).
pub const TAKE_OVER: &str = "serious.take_over";
/// Duty to publish a decided listing.
pub const PUBLISH: &str = "serious.publish";
/// Duty to tell the province of registration.
pub const PUSH: &str = "serious.push";
/// Duty to see that the province of registration has published.
pub const PUBLISHED_ELSEWHERE: &str = "serious.published_elsewhere";
/// Duty to revoke a listing whose basis fell (order 44 art 19).
pub const REVOKE: &str = "serious.revoke";
/// Duty to tell the province that shows a listing what has become of it, and the parameter of its period. Only a party that is registered
/// elsewhere brings it, so no line of the table opens it: the store does, when such a listing falls, is suspended or goes on otherwise, and
/// with an early removal of which no letter about the repair tells.
pub const TELL: &str = "serious.tell_elsewhere";

/// What ends with a case that is not decided.
const UNDECIDED: &[&str] = &[CASE_PERIOD, REVOKE, OPINION, REVIEW, CONSENT, TAKE_OVER];

/// A table that begins as given and ends as both procedures do: publication, term, early removal, restoration, revocation.
macro_rules! procedure {
    ($($line:expr,)+) => {
        Machine(&[
            $($line,)+
            on(Decided, Publish)
                .to(Published)
                .by(CREDIT_BODY)
                .publishes("serious.publish.same_province")
                .fulfils(&[PUBLISH]),
            on(DecidedElsewhere, PushElsewhere)
                .to(PushedElsewhere)
                .by(CREDIT_BODY)
                .due("serious.publish.cross_province.publish")
                .fulfils(&[PUSH])
                .obliges(PUBLISHED_ELSEWHERE, Office::CREDIT, "serious.publish.cross_province.publish"),
            on(PushedElsewhere, Publish)
                .to(Published)
                .by(CREDIT_BODY)
                .publishes("serious.publish.cross_province.publish")
                .fulfils(&[PUBLISHED_ELSEWHERE]),
            // Whatever the case was opened with: its period is that of every listing of this province, from the decision or restoration.
            on(DecidedElsewhere, FindRegisteredHere)
                .to(Decided)
                .by(CREDIT_BODY)
                .due("serious.publish.same_province")
                .fulfils(&[PUSH])
                .obliges(PUBLISH, Office::CREDIT, "serious.publish.same_province"),
            on(PushedElsewhere, FindRegisteredHere)
                .to(Decided)
                .by(CREDIT_BODY)
                .due("serious.publish.same_province")
                .fulfils(&[PUBLISHED_ELSEWHERE, TELL])
                .obliges(PUBLISH, Office::CREDIT, "serious.publish.same_province"),
            on(PushedElsewhere, TellElsewhere).to(PushedElsewhere).by(CREDIT_BODY).fulfils(&[TELL]),
            on(Published, TellElsewhere).to(Published).by(CREDIT_BODY).fulfils(&[TELL]),
            on(EarlyRemovalRequested, TellElsewhere)
                .to(EarlyRemovalRequested)
                .by(CREDIT_BODY)
                .fulfils(&[TELL]),
            // What left the list is shown there until that province is told.
            on(RemovedEarly, TellElsewhere).to(RemovedEarly).by(CREDIT_BODY).fulfils(&[TELL]),
            on(Removed, TellElsewhere).to(Removed).by(CREDIT_BODY).fulfils(&[TELL]),
            on(Revoked, TellElsewhere).to(Revoked).by(CREDIT_BODY).fulfils(&[TELL]),
            on(Decided, Revoke).to(Revoked).by(CASE_BODY).four_eyes().basis().fulfils(&[PUBLISH, REVOKE]),
            on(DecidedElsewhere, Revoke).to(Revoked).by(CASE_BODY).four_eyes().basis().fulfils(&[PUSH, REVOKE]),
            on(PushedElsewhere, Revoke)
                .to(Revoked)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[PUBLISHED_ELSEWHERE, REVOKE]),
            on(Decided, Annul).to(Revoked).by(ANNULLING).basis().fulfils(&[PUBLISH, REVOKE]),
            on(DecidedElsewhere, Annul).to(Revoked).by(ANNULLING).basis().fulfils(&[PUSH, REVOKE]),
            on(PushedElsewhere, Annul)
                .to(Revoked)
                .by(ANNULLING)
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[PUBLISHED_ELSEWHERE, REVOKE]),
            on(Published, RequestEarlyRemoval).to(EarlyRemovalRequested).by(ASKING),
            on(EarlyRemovalRequested, RemoveEarly)
                .to(RemovedEarly)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .publishes("serious.removal.stop_publish")
                .fulfils(&[TELL]),
            on(EarlyRemovalRequested, RefuseEarlyRemoval).to(Published).by(CASE_BODY).four_eyes().basis(),
            on(Published, RemoveByOrder)
                .to(RemovedEarly)
                .by(ANNULLING)
                .basis()
                .publishes("serious.removal.stop_publish")
                .fulfils(&[TELL]),
            on(EarlyRemovalRequested, RemoveByOrder)
                .to(RemovedEarly)
                .by(ANNULLING)
                .basis()
                .publishes("serious.removal.stop_publish")
                .fulfils(&[TELL]),
            // Where the early removal stands after all: a body above annulled what restored the listing.
            on(Restored, RemoveByOrder)
                .to(RemovedEarly)
                .by(ANNULLING)
                .basis()
                .publishes("serious.removal.stop_publish")
                .fulfils(&[PUBLISH]),
            on(RestoredElsewhere, RemoveByOrder).to(RemovedEarly).by(ANNULLING).basis().fulfils(&[PUSH]),
            on(RestoredPushedElsewhere, RemoveByOrder)
                .to(RemovedEarly)
                .by(ANNULLING)
                .basis()
                .publishes("serious.removal.stop_publish")
                .fulfils(&[PUBLISHED_ELSEWHERE, TELL]),
            on(RemovedEarly, Restore)
                .to(Restored)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .due("serious.publish.same_province")
                .fulfils(&[TELL])
                .obliges(PUBLISH, Office::CREDIT, "serious.publish.same_province"),
            on(Restored, Publish)
                .to(Published)
                .by(CREDIT_BODY)
                .publishes("serious.publish.same_province")
                .fulfils(&[PUBLISH]),
            on(RemovedEarly, RestoreElsewhere)
                .to(RestoredElsewhere)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .due("serious.publish.cross_province.push")
                .fulfils(&[TELL])
                .obliges(PUSH, Office::CREDIT, "serious.publish.cross_province.push"),
            on(RestoredElsewhere, PushElsewhere)
                .to(RestoredPushedElsewhere)
                .by(CREDIT_BODY)
                .due("serious.publish.cross_province.publish")
                .fulfils(&[PUSH])
                .obliges(PUBLISHED_ELSEWHERE, Office::CREDIT, "serious.publish.cross_province.publish"),
            on(RestoredElsewhere, FindRegisteredHere)
                .to(Restored)
                .by(CREDIT_BODY)
                .due("serious.publish.same_province")
                .fulfils(&[PUSH])
                .obliges(PUBLISH, Office::CREDIT, "serious.publish.same_province"),
            on(RestoredPushedElsewhere, FindRegisteredHere)
                .to(Restored)
                .by(CREDIT_BODY)
                .due("serious.publish.same_province")
                .fulfils(&[PUBLISHED_ELSEWHERE, TELL])
                .obliges(PUBLISH, Office::CREDIT, "serious.publish.same_province"),
            on(RestoredPushedElsewhere, TellElsewhere)
                .to(RestoredPushedElsewhere)
                .by(CREDIT_BODY)
                .fulfils(&[TELL]),
            on(RestoredPushedElsewhere, Publish)
                .to(Published)
                .by(CREDIT_BODY)
                .publishes("serious.publish.cross_province.publish")
                .fulfils(&[PUBLISHED_ELSEWHERE]),
            // That province ends a term by itself, but not one that was shortened and of which nobody has told it yet.
            on(Published, Expire).to(Removed).system().fulfils(&[REVOKE]),
            on(EarlyRemovalRequested, Expire).to(Removed).system().fulfils(&[REVOKE]),
            on(Restored, Expire).to(Removed).system().fulfils(&[PUBLISH, REVOKE]),
            on(RestoredElsewhere, Expire).to(Removed).system().fulfils(&[PUSH, REVOKE]),
            on(RestoredPushedElsewhere, Expire).to(Removed).system().fulfils(&[PUBLISHED_ELSEWHERE, REVOKE]),
            on(Published, Revoke)
                .to(Revoked)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[REVOKE]),
            on(EarlyRemovalRequested, Revoke)
                .to(Revoked)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[REVOKE]),
            on(Restored, Revoke)
                .to(Revoked)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[PUBLISH, REVOKE]),
            on(RestoredElsewhere, Revoke)
                .to(Revoked)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .fulfils(&[PUSH, REVOKE]),
            on(RestoredPushedElsewhere, Revoke)
                .to(Revoked)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[PUBLISHED_ELSEWHERE, REVOKE]),
            on(RemovedEarly, Revoke).to(Revoked).by(CASE_BODY).four_eyes().basis().fulfils(&[REVOKE]),
            on(Published, Annul)
                .to(Revoked)
                .by(ANNULLING)
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[REVOKE]),
            on(EarlyRemovalRequested, Annul)
                .to(Revoked)
                .by(ANNULLING)
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[REVOKE]),
            on(Restored, Annul)
                .to(Revoked)
                .by(ANNULLING)
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[PUBLISH, REVOKE]),
            on(RestoredElsewhere, Annul).to(Revoked).by(ANNULLING).basis().fulfils(&[PUSH, REVOKE]),
            on(RestoredPushedElsewhere, Annul)
                .to(Revoked)
                .by(ANNULLING)
                .basis()
                .publishes("serious.revoke.stop_publish")
                .fulfils(&[PUBLISHED_ELSEWHERE, REVOKE]),
            on(RemovedEarly, Annul).to(Revoked).by(ANNULLING).basis().fulfils(&[REVOKE]),
            on(Removed, Annul).to(Revoked).by(ANNULLING).basis(),
            // Where the penalty stands, and its record alone was withdrawn: two officers say so, or the duty to revoke would never end.
            on(Decided, KeepListing).to(Decided).by(CASE_BODY).four_eyes().basis().fulfils(&[REVOKE]),
            on(DecidedElsewhere, KeepListing)
                .to(DecidedElsewhere)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .fulfils(&[REVOKE]),
            on(PushedElsewhere, KeepListing)
                .to(PushedElsewhere)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .fulfils(&[REVOKE]),
            on(Published, KeepListing).to(Published).by(CASE_BODY).four_eyes().basis().fulfils(&[REVOKE]),
            on(EarlyRemovalRequested, KeepListing)
                .to(EarlyRemovalRequested)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .fulfils(&[REVOKE]),
            on(Restored, KeepListing).to(Restored).by(CASE_BODY).four_eyes().basis().fulfils(&[REVOKE]),
            on(RestoredElsewhere, KeepListing)
                .to(RestoredElsewhere)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .fulfils(&[REVOKE]),
            on(RestoredPushedElsewhere, KeepListing)
                .to(RestoredPushedElsewhere)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .fulfils(&[REVOKE]),
            on(RemovedEarly, KeepListing)
                .to(RemovedEarly)
                .by(CASE_BODY)
                .four_eyes()
                .basis()
                .fulfils(&[REVOKE]),
        ])
    };
}

/// Order 44: the line office gives its opinion, the case-handling body assesses, the legal office reviews, the party is heard, the next
/// higher department consents, and the head of the case-handling body decides together with the penalty. The credit body publishes.
pub const SERIOUS: Machine<State, Event> = procedure![
    start(Trigger).to(Triggered).by(CASE_BODY).obliges(
        CASE_PERIOD,
        Office::ENFORCEMENT,
        CASE_PERIOD_PARAMETER,
    ),
    on(Triggered, GiveOpinion).to(OpinionGiven).by(LINE_BODY).fulfils(&[OPINION]),
    on(Triggered, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(OpinionGiven, Assess).to(Assessed).by(CASE_BODY).obliges(REVIEW, Office::LEGAL, REVIEW),
    on(OpinionGiven, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(Assessed, Review).to(Reviewed).by(LEGAL).four_eyes().fulfils(&[REVIEW]),
    on(Assessed, ReturnCase).to(OpinionGiven).by(LEGAL).four_eyes().fulfils(&[REVIEW]),
    on(Assessed, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(Reviewed, ServeNotice).to(DefencePending).by(CASE_BODY).basis().due(HEARING_REQUEST),
    on(Reviewed, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(DefencePending, RecordDefence).to(DefencePending).by(CASE_BODY),
    on(DefencePending, RequestHearing).to(HearingRequested).by(CASE_BODY),
    on(DefencePending, OrderHearing).to(HearingOrdered).by(CASE_BODY),
    on(DefencePending, AskConsent).to(SuperiorConsentPending).by(CASE_BODY).obliges(
        CONSENT,
        Office::SUPERIOR,
        CONSENT,
    ),
    on(DefencePending, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(HearingRequested, RecordDefence).to(HearingRequested).by(CASE_BODY),
    on(HearingRequested, OrderHearing).to(HearingOrdered).by(CASE_BODY),
    on(HearingRequested, WithdrawHearing).to(DefencePending).by(CASE_BODY),
    on(HearingRequested, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    // A hearing may be called at once, and the days for a defence run on.
    on(HearingOrdered, RecordDefence).to(HearingOrdered).by(CASE_BODY),
    // Who was to conduct it is ill, or was recused, or it is put off.
    on(HearingOrdered, OrderHearingAnew).to(HearingOrdered).by(CASE_BODY),
    // The party may give it up until the day for which it is called: the store compares the days.
    on(HearingOrdered, WithdrawHearing).to(DefencePending).by(CASE_BODY),
    on(HearingOrdered, HoldHearing).to(HearingHeld).by(CASE_BODY),
    on(HearingOrdered, MissHearing).to(HearingHeld).by(CASE_BODY),
    on(HearingOrdered, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(HearingHeld, AskConsent).to(SuperiorConsentPending).by(CASE_BODY).obliges(
        CONSENT,
        Office::SUPERIOR,
        CONSENT,
    ),
    on(HearingHeld, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(SuperiorConsentPending, Consent).to(Consented).by(SUPERIOR).four_eyes().basis().fulfils(&[CONSENT]),
    on(SuperiorConsentPending, RefuseConsent).to(NotListed).by(SUPERIOR).four_eyes().fulfils(UNDECIDED),
    on(SuperiorConsentPending, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(Consented, Decide)
        .to(Decided)
        .by(CASE_BODY)
        .four_eyes()
        .basis()
        .due("serious.publish.same_province")
        .fulfils(&[CASE_PERIOD])
        .obliges(PUBLISH, Office::CREDIT, "serious.publish.same_province"),
    on(Consented, DecideElsewhere)
        .to(DecidedElsewhere)
        .by(CASE_BODY)
        .four_eyes()
        .basis()
        .due("serious.publish.cross_province.push")
        .fulfils(&[CASE_PERIOD])
        .obliges(PUSH, Office::CREDIT, "serious.publish.cross_province.push"),
    on(Consented, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
];

/// The draft of 2025: the case-handling body notifies, the credit body takes the case over, the party objects within a period of its
/// own, and the credit body decides, with nobody's consent. In force only from the day that the rulebook names.
pub const SERIOUS_DRAFT_2025: Machine<State, Event> = procedure![
    start(Trigger).to(Triggered).by(CASE_BODY).obliges(
        CASE_PERIOD,
        Office::ENFORCEMENT,
        CASE_PERIOD_PARAMETER,
    ),
    on(Triggered, GiveOpinion).to(OpinionGiven).by(LINE_BODY).fulfils(&[OPINION]),
    on(Triggered, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(OpinionGiven, Assess).to(Assessed).by(CASE_BODY).obliges(REVIEW, Office::LEGAL, REVIEW),
    on(OpinionGiven, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(Assessed, Review).to(Reviewed).by(LEGAL).four_eyes().fulfils(&[REVIEW]),
    on(Assessed, ReturnCase).to(OpinionGiven).by(LEGAL).four_eyes().fulfils(&[REVIEW]),
    on(Assessed, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(Reviewed, ServeNotice).to(NoticeServed).by(CASE_BODY).basis().due(OBJECTION_2025).obliges(
        TAKE_OVER,
        Office::CREDIT,
        TAKE_OVER
    ),
    on(Reviewed, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    // Its days run from the notice, whoever has the case.
    on(NoticeServed, RecordDefence).to(NoticeServed).by(EITHER_BODY),
    on(NoticeServed, TakeOver).to(DefencePending).by(CREDIT_BODY).fulfils(&[TAKE_OVER]),
    on(NoticeServed, DropCase).to(NotListed).by(CASE_BODY).fulfils(UNDECIDED),
    on(DefencePending, RecordDefence).to(DefencePending).by(CREDIT_BODY),
    on(DefencePending, Decide)
        .to(Decided)
        .by(CREDIT_BODY)
        .four_eyes()
        .basis()
        .due("serious.publish.same_province")
        .fulfils(&[CASE_PERIOD])
        .obliges(PUBLISH, Office::CREDIT, "serious.publish.same_province"),
    on(DefencePending, DecideElsewhere)
        .to(DecidedElsewhere)
        .by(CREDIT_BODY)
        .four_eyes()
        .basis()
        .due("serious.publish.cross_province.push")
        .fulfils(&[CASE_PERIOD])
        .obliges(PUSH, Office::CREDIT, "serious.publish.cross_province.push"),
    on(DefencePending, DropCase).to(NotListed).by(CREDIT_BODY).fulfils(UNDECIDED),
];

/// Parameter of the rulebook that names the procedure of a case, by the day on which it is opened.
pub const PROCEDURE: &str = "serious.procedure";

/// Parameter of the period in which a party may defend itself by a procedure; `None` for a word that names none.
pub fn defence_period(procedure: &str) -> Option<&'static str> {
    const BY_WORD: [(&str, &str); 2] = [("order44", HEARING_REQUEST), ("draft-2025", OBJECTION_2025)];
    BY_WORD.iter().find(|(word, _)| *word == procedure).map(|(_, parameter)| *parameter)
}

/// The table of a procedure; `None` for a word that names none.
pub fn table_of(procedure: &str) -> Option<&'static Machine<State, Event>> {
    const BY_WORD: [(&str, &Machine<State, Event>); 2] =
        [("order44", &SERIOUS), ("draft-2025", &SERIOUS_DRAFT_2025)];
    BY_WORD.iter().find(|(word, _)| *word == procedure).map(|(_, table)| *table)
}
