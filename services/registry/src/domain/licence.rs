//! Licences of key fields (R14, R24).

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, MicrosUtc, Uscc};

use super::{Codes, MarkKey};

/// State of a licence in force: the one state of the set `licence_state` that carries a mark.
pub const VALID: &str = "Valid";
/// State of a licence that its authority declared void (撤销): what follows from a broken commitment. The penalty that takes a licence
/// (吊销) is another state.
pub const VOIDED: &str = "Voided";
/// States in which its authority has taken a licence away, by whichever of the two acts.
pub(crate) const TAKEN_STATES: [&str; 2] = [VOIDED, "Revoked"];
/// State of a licence that is not in force for now.
pub const SUSPENDED: &str = "Suspended";
/// State of a licence whose record was withdrawn, and of one that was withdrawn by law: neither counts.
pub(crate) const WITHDRAWN: &str = "Withdrawn";
/// State of a licence whose term is over; computed on reading, never written.
pub const EXPIRED: &str = "Expired";
/// States that the end of the term turns into [`EXPIRED`]; the others ended the licence before.
pub(crate) const RUNNING_STATES: [&str; 2] = [VALID, SUSPENDED];

/// A licence as its last decision left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// The number, unique among all fields.
    pub licence_no: String,
    /// What the last decision says.
    pub content: LicenceContent,
    /// Record of collection that the content rests on; empty when recorded by hand, or taken back.
    pub source_record: String,
    /// Record that told the licence before an officer changed the entry by hand, or by a decision of before that, and neither was withdrawn nor
    /// tells another's since: there is a licence, whatever the officer entered. `None` where the content rests on a record, and where none ever
    /// told it.
    pub record_behind: Option<String>,
    /// Date of the decision that the content rests on.
    pub decided_on: NaiveDate,
    /// Day on which the record that it rests on was withdrawn, or the entry was taken back; `None` while something stands behind it. What
    /// was withdrawn is a paper, not the licence: no legal act has ended it, and whatever is told of its number next takes its place.
    pub vacated_on: Option<NaiveDate>,
    /// 1 when recorded; rises by one with every change.
    pub revision: i64,
    /// When the entry last changed.
    pub updated_at: MicrosUtc,
}

/// What a licence says besides its number. Two equal contents are the same licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceContent {
    /// The holder; need not be registered yet.
    pub uscc: Uscc,
    /// Key field, a code of the rulebook.
    pub field: FieldCode,
    /// Sub-kinds within the field, codes of the rulebook; at least one.
    pub sub_kinds: Codes,
    /// Division of the production site, when known.
    pub site_division: Option<DivisionCode>,
    /// Address of the production site; may be empty.
    pub site_address: String,
    /// What is permitted, in the words of the licence; may be empty.
    pub scope: String,
    /// Licensing authority; may be empty.
    pub authority: String,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity, not before the first.
    pub valid_to: NaiveDate,
    /// Code of the rulebook's set `licence_state`, as decided; see [`Licence::state_on`].
    pub state: String,
}

impl Licence {
    /// `licences/{licence_no}`.
    pub fn name(&self) -> String {
        format!("licences/{}", self.licence_no)
    }

    /// The state on `day`: as decided, or [`EXPIRED`] once the term of a running licence is over.
    pub fn state_on(&self, day: NaiveDate) -> &str {
        let running = RUNNING_STATES.contains(&self.content.state.as_str());
        if running && self.content.valid_to < day { EXPIRED } else { &self.content.state }
    }

    /// Whether it carries a mark on `day`: decided to be valid, and within its term, first and last day included.
    pub fn is_valid_on(&self, day: NaiveDate) -> bool {
        self.state_on(day) == VALID && self.content.valid_from <= day
    }

    /// The licence once the record that it rests on is withdrawn: it carries no mark, and has not been ended.
    pub fn vacated(&self, on: NaiveDate, now: MicrosUtc) -> Self {
        let content = LicenceContent { state: WITHDRAWN.to_owned(), ..self.content.clone() };
        Self { content, record_behind: None, vacated_on: Some(on), updated_at: now, ..self.clone() }
    }

    /// The licence once the record that told it before an officer changed it is withdrawn: what the officer entered stands by itself.
    pub fn stands_alone(&self, now: MicrosUtc) -> Self {
        Self { record_behind: None, updated_at: now, ..self.clone() }
    }

    /// The licence once its entry is taken back: it never was. Nothing stands behind it, and no record will.
    pub fn taken_back(&self, on: NaiveDate, now: MicrosUtc) -> Self {
        Self { source_record: String::new(), revision: self.revision + 1, ..self.vacated(on, now) }
    }

    /// Whether its entry was taken back.
    pub fn is_taken_back(&self) -> bool {
        self.vacated_on.is_some() && self.source_record.is_empty()
    }

    /// The record by which there is such a licence; `None` where only an officer says so.
    pub fn standing_record(&self) -> Option<&str> {
        let own = Some(self.source_record.as_str()).filter(|record| !record.is_empty());
        own.or(self.record_behind.as_deref()).filter(|_| self.vacated_on.is_none())
    }

    /// The entry that an officer made, once a record tells the licence by an earlier decision: nothing of it changes but that the record is
    /// behind it. `None` where one is already.
    fn backed_by(&self, decision: Decision<'_>) -> Option<Self> {
        let is_first = self.standing_record().is_none() && !decision.source_record.is_empty();
        is_first.then(|| Self {
            record_behind: Some(decision.source_record.to_owned()),
            revision: self.revision + 1,
            updated_at: decision.now,
            ..self.clone()
        })
    }

    /// Day from which the content stands.
    pub fn stands_since(&self) -> NaiveDate {
        self.vacated_on.unwrap_or(self.decided_on)
    }

    /// What the decision of `decided_on` leaves of the licence `licence_no`, where `known` is its entry, if there is one:
    /// `Ok(None)` when nothing changes, because a later decision is known or this one said the same. A later decision that says
    /// the same is a change of what the licence rests on: what is decided between the two must not undo it. What the record
    /// that the entry rests on says now takes the place of what it said before, whatever it puts right; so does the date of an entry
    /// that was made by hand, where the same is recorded by hand with another. What was entered by hand rests on the record that tells the
    /// same of the same day: from then on it is its provider's to withdraw; a record that tells of an earlier day is kept as what is behind it,
    /// see [`record_behind`](Self::record_behind). Nothing stands behind one whose record was withdrawn: what is told next takes its place, of
    /// whichever holder, field and date.
    pub fn accept(
        known: Option<&Self>,
        licence_no: &str,
        content: LicenceContent,
        decision: Decision<'_>,
    ) -> Result<Option<Self>, HeldByAnother> {
        let own = |known: &Self| {
            let same = !known.source_record.is_empty() && known.source_record == decision.source_record;
            same || known.vacated_on.is_some()
        };
        let elsewhere = |known: &&Self| {
            let other = known.content.uscc != content.uscc || known.content.field != content.field;
            other && !own(known)
        };
        if let Some(known) = known.filter(elsewhere) {
            return Err(HeldByAnother(MarkKey {
                uscc: known.content.uscc.clone(),
                field: known.content.field.clone(),
            }));
        }
        let said_the_same = |known: &Self| {
            let same_day = known.decided_on == decision.decided_on && known.vacated_on.is_none();
            let confirms = known.source_record.is_empty() && !decision.source_record.is_empty();
            same_day && known.content == content && !confirms
        };
        let dated_anew = |known: &Self| {
            known.source_record.is_empty() && decision.source_record.is_empty() && known.content == content
        };
        let overtaken =
            |known: &Self| known.decided_on > decision.decided_on && !own(known) && !dated_anew(known);
        if let Some(known) = known.filter(|known| overtaken(known)) {
            return Ok(known.backed_by(decision));
        }
        if known.is_some_and(said_the_same) {
            return Ok(None);
        }
        let record_behind =
            known.filter(|_| decision.source_record.is_empty()).and_then(Self::standing_record);
        Ok(Some(Self {
            licence_no: licence_no.to_owned(),
            content,
            source_record: decision.source_record.to_owned(),
            record_behind: record_behind.map(str::to_owned),
            decided_on: decision.decided_on,
            vacated_on: None,
            revision: known.map_or(1, |known| known.revision + 1),
            updated_at: decision.now,
        }))
    }

    /// The mark that the licence carries while it is valid.
    pub fn mark(&self) -> MarkKey {
        MarkKey { uscc: self.content.uscc.clone(), field: self.content.field.clone() }
    }
}

/// The number is that of another holder's licence, or of another field's: a licence does not pass from hand to hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number belongs to `{}`", .0.name())]
pub struct HeldByAnother(pub MarkKey);

/// Where a content comes from.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// Record of collection; empty when recorded by hand.
    pub source_record: &'a str,
    /// Date of the decision.
    pub decided_on: NaiveDate,
    /// The present.
    pub now: MicrosUtc,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    /// A food licence of one sub-kind, valid through 2025.
    pub(crate) fn licence(number: &str, sub_kind: &str, state: &str) -> Licence {
        let content = LicenceContent {
            uscc: Uscc::parse("91370102MA3C00011F").unwrap(),
            field: FieldCode::parse("FOOD").unwrap(),
            sub_kinds: [sub_kind].into_iter().collect(),
            site_division: None,
            site_address: String::new(),
            scope: "糕点".to_owned(),
            authority: String::new(),
            valid_from: day("2025-01-01"),
            valid_to: day("2025-12-31"),
            state: state.to_owned(),
        };
        Licence::accept(None, number, content, decision("2025-01-01")).unwrap().unwrap()
    }

    fn decision(on: &str) -> Decision<'_> {
        Decision { source_record: "records/1", decided_on: day(on), now: MicrosUtc(1) }
    }

    /// A decision that another record tells.
    fn another(on: &str) -> Decision<'_> {
        Decision { source_record: "records/2", ..decision(on) }
    }

    #[test]
    fn both_the_first_and_the_last_day_are_within_the_term() {
        let licence = licence("SC10137010200018", "OrdinaryFood", VALID);
        for (on, valid) in
            [("2024-12-31", false), ("2025-01-01", true), ("2025-12-31", true), ("2026-01-01", false)]
        {
            assert_eq!(licence.is_valid_on(day(on)), valid, "{on}");
        }
    }

    #[test]
    fn the_end_of_the_term_expires_running_licences_and_leaves_ended_ones_as_they_ended() {
        let after = day("2026-01-01");
        for (state, read) in
            [(VALID, EXPIRED), ("Suspended", EXPIRED), ("Revoked", "Revoked"), ("Cancelled", "Cancelled")]
        {
            assert_eq!(licence("SC10137010200018", "OrdinaryFood", state).state_on(after), read);
        }
    }

    #[test]
    fn an_older_decision_that_arrives_later_changes_nothing() {
        let known = licence("SC10137010200018", "OrdinaryFood", VALID);
        let mut revoked = known.content.clone();
        revoked.state = "Revoked".to_owned();
        let accept = |on| Licence::accept(Some(&known), &known.licence_no, revoked.clone(), another(on));
        assert_eq!(accept("2024-12-31"), Ok(None));
        assert_eq!(accept("2025-06-01").unwrap().unwrap().revision, 2);
    }

    #[test]
    fn a_later_decision_that_says_the_same_is_what_the_licence_rests_on_from_then() {
        let known = licence("SC10137010200018", "OrdinaryFood", VALID);
        let again = |on| Licence::accept(Some(&known), &known.licence_no, known.content.clone(), another(on));
        assert_eq!(again("2025-01-01"), Ok(None));
        assert_eq!(again("2025-06-01").unwrap().unwrap().decided_on, day("2025-06-01"));
    }

    #[test]
    fn the_date_of_an_entry_made_by_hand_is_put_right_by_hand_and_by_nothing_else() {
        let by_hand = |on| Decision { source_record: "", ..decision(on) };
        let told = licence("SC10137010200018", "OrdinaryFood", VALID);
        let known = Licence { source_record: String::new(), decided_on: day("2025-06-02"), ..told };
        let accept = |content: &LicenceContent, decision| {
            Licence::accept(Some(&known), &known.licence_no, content.clone(), decision).unwrap()
        };
        let dated = accept(&known.content, by_hand("2023-01-01")).unwrap();
        assert_eq!((dated.decided_on, dated.revision), (day("2023-01-01"), 2));
        let told = accept(&known.content, another("2023-01-01")).unwrap();
        assert_eq!((told.decided_on, told.source_record.as_str()), (day("2025-06-02"), ""));
        let other = LicenceContent { state: "Suspended".to_owned(), ..known.content.clone() };
        assert_eq!(accept(&other, by_hand("2023-01-01")), None);
    }

    #[test]
    fn an_entry_made_by_hand_rests_on_the_record_that_tells_the_same_of_its_day() {
        let told = licence("SC10137010200018", "OrdinaryFood", VALID);
        let by_hand = Licence { source_record: String::new(), ..told };
        let accept = |known: &Licence, decision| {
            Licence::accept(Some(known), &known.licence_no, known.content.clone(), decision).unwrap()
        };
        let confirmed = accept(&by_hand, another("2025-01-01")).unwrap();
        assert_eq!((confirmed.source_record.as_str(), confirmed.revision), ("records/2", 2));
        assert_eq!(confirmed.content, by_hand.content);
        assert_eq!(accept(&confirmed, decision("2025-01-01")), None, "a third that says so adds nothing");
        let again = Decision { source_record: "", ..decision("2025-01-01") };
        assert_eq!(accept(&confirmed, again), None, "nor does whoever enters it by hand");
    }

    #[test]
    fn a_licence_that_a_record_told_stands_whatever_is_entered_by_hand_until_the_record_is_withdrawn() {
        let told = licence("SC10137010200018", "OrdinaryFood", VALID);
        let by_hand = |known: &Licence, state: &str| {
            let content = LicenceContent { state: state.to_owned(), ..known.content.clone() };
            let decision = Decision { source_record: "", ..decision("2025-06-01") };
            Licence::accept(Some(known), &known.licence_no, content, decision).unwrap().unwrap()
        };
        let suspended = by_hand(&told, "Suspended");
        assert_eq!((suspended.source_record.as_str(), suspended.standing_record()), ("", Some("records/1")));
        let again = by_hand(&suspended, VALID);
        assert_eq!(again.standing_record(), Some("records/1"));
        assert_eq!(again.stands_alone(MicrosUtc(2)).standing_record(), None);
        assert_eq!(told.vacated(day("2025-06-01"), MicrosUtc(2)).standing_record(), None);
        let gone = by_hand(&told.vacated(day("2025-06-01"), MicrosUtc(2)), VALID);
        assert_eq!(gone.standing_record(), None, "nothing stood behind it when it was entered");
    }

    #[test]
    fn an_entry_made_by_hand_of_which_a_record_tells_an_earlier_decision_stays_and_is_none_that_never_was() {
        let told = licence("SC10137010200018", "OrdinaryFood", VALID);
        let content = LicenceContent { state: SUSPENDED.to_owned(), ..told.content.clone() };
        let by_hand =
            Licence { content, source_record: String::new(), decided_on: day("2025-06-02"), ..told };
        let accept = |known: &Licence, decision| {
            let content = LicenceContent { state: VALID.to_owned(), ..known.content.clone() };
            Licence::accept(Some(known), &known.licence_no, content, decision).unwrap()
        };
        let backed = accept(&by_hand, another("2023-01-01")).unwrap();
        assert_eq!((&backed.content, backed.revision), (&by_hand.content, 2));
        assert_eq!((by_hand.standing_record(), backed.standing_record()), (None, Some("records/2")));
        assert_eq!(accept(&backed, another("2023-01-01")), None, "told again it changes nothing");
        assert_eq!(accept(&backed, decision("2024-01-01")), None, "nor does a third");
    }

    #[test]
    fn another_scope_is_another_content() {
        let known = licence("SC10137010200018", "OrdinaryFood", VALID);
        let wider = LicenceContent { scope: "糕点;饮料".to_owned(), ..known.content.clone() };
        let changed = Licence::accept(Some(&known), &known.licence_no, wider, decision("2025-06-01"));
        assert_eq!(changed.unwrap().unwrap().content.scope, "糕点;饮料");
    }

    #[test]
    fn a_licence_does_not_pass_to_another_holder() {
        let known = licence("SC10137010200018", "OrdinaryFood", VALID);
        let mut other = known.content.clone();
        other.uscc = Uscc::parse("91370114MA3T7K2P9A").unwrap();
        let refused = Licence::accept(Some(&known), &known.licence_no, other, another("2025-06-01"));
        assert_eq!(refused, Err(HeldByAnother(known.mark())));
        let said = HeldByAnother(known.mark()).to_string();
        assert_eq!(said, "the number belongs to `enterprises/91370102MA3C00011F/marks/FOOD`");
    }

    #[test]
    fn whatever_is_told_next_takes_the_place_of_a_licence_whose_record_was_withdrawn() {
        let known =
            licence("SC10137010200018", "OrdinaryFood", VALID).vacated(day("2025-06-01"), MicrosUtc(2));
        assert_eq!((known.is_valid_on(day("2025-06-01")), known.stands_since()), (false, day("2025-06-01")));
        let mut other = known.content.clone();
        other.uscc = Uscc::parse("91370114MA3T7K2P9A").unwrap();
        other.state = VALID.to_owned();
        let accept = |content: &LicenceContent, on| {
            Licence::accept(Some(&known), &known.licence_no, content.clone(), another(on)).unwrap().unwrap()
        };
        let others = accept(&other, "2025-03-01");
        assert_eq!((others.content, others.vacated_on), (other.clone(), None));
        let again = LicenceContent { uscc: known.content.uscc.clone(), ..other };
        let stands = accept(&again, "2025-01-01");
        assert!(stands.is_valid_on(day("2025-06-01")));
        assert_eq!((stands.decided_on, stands.revision), (day("2025-01-01"), 2));
    }

    #[test]
    fn an_entry_that_is_taken_back_is_nobodys_until_something_else_is_told_of_its_number() {
        let known = licence("SC10137010200018", "OrdinaryFood", VALID);
        let gone = known.taken_back(day("2025-06-01"), MicrosUtc(2));
        assert!(gone.is_taken_back() && !known.is_taken_back());
        assert!(!known.vacated(day("2025-06-01"), MicrosUtc(2)).is_taken_back(), "its record was withdrawn");
        assert_eq!((gone.is_valid_on(day("2025-06-01")), gone.revision), (false, 2));
        let mut other = known.content.clone();
        other.uscc = Uscc::parse("91370114MA3T7K2P9A").unwrap();
        let others = Licence::accept(Some(&gone), &gone.licence_no, other.clone(), another("2025-03-01"));
        let others = others.unwrap().unwrap();
        assert_eq!((&others.content, others.is_taken_back()), (&other, false));
    }

    #[test]
    fn what_the_same_record_says_now_takes_the_place_of_what_it_said_before() {
        let known = licence("SC10137010200018", "OrdinaryFood", VALID);
        let mut corrected = known.content.clone();
        corrected.field = FieldCode::parse("SE").unwrap();
        let accept = |decision| Licence::accept(Some(&known), &known.licence_no, corrected.clone(), decision);
        let earlier = accept(decision("2024-12-01")).unwrap().unwrap();
        assert_eq!((earlier.content, earlier.decided_on), (corrected.clone(), day("2024-12-01")));
        assert_eq!(accept(another("2025-06-01")), Err(HeldByAnother(known.mark())));
    }
}
