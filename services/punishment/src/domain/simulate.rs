//! What would follow from a penalty if it were decided on a day, by the law of that day. Pure: no party, no record.

use chrono::NaiveDate;
use domain::{DocumentNumber, FieldCode, Uscc};
use rulebook::{Measure, RuleMissing, Rulebook};

use super::heavier::{self, NotListable, arises_later, is_heavier, restricts};
use super::list::{EntryName, List, Standing};
use super::repair::{
    CREDIT_CHINA, Clock, Listing, Others, PUBLICITY, Penalty, Publication, Record, listing_clock,
    penalty_clocks, strict_reasons,
};
use super::suspension::Suspended;
use super::trigger::brings_by_itself;

/// Period within which the publicity system is to show a penalty.
const PUBLISH: &str = "penalty.publish.same_province";
/// Period within which Credit China is to show it (双公示).
const PUBLISH_DOUBLE: &str = "double_publicity.publish";
/// Whether a penalty that is only a warning is published.
const WARNING_ONLY: &str = "penalty.publish.warning_only";
/// Term of a listing.
const TERM: &str = "serious.term";

/// A penalty that nobody has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supposed {
    /// Day of the decision.
    pub decided_on: NaiveDate,
    /// Kinds, codes of the set `penalty_kind`.
    pub kinds: Vec<String>,
    /// Fine in fen; 0 for none.
    pub fine_fen: i64,
    /// Grade under the discretion benchmark; empty when not stated.
    pub grade: String,
    /// Ground of the list that the breach may be; empty for none.
    pub ground: String,
    /// Key field; `None` for none.
    pub field: Option<FieldCode>,
    /// Day of publication on the publicity system.
    pub published_on: NaiveDate,
    /// Last day of what it imposes; `None` for none.
    pub valid_to: Option<NaiveDate>,
}

/// What would follow.
#[derive(Clone, Debug)]
pub struct Outlook<'b> {
    /// Whether it is a heavier penalty.
    pub heavier: bool,
    /// Why it could not lead to the list; `None` when it could, the rest of the test being the officers'.
    pub not_listable: Option<NotListable>,
    /// Whether the ground would arise only once the penalty is not performed: then no listing goes with it, whatever it is.
    pub only_later: bool,
    /// The listing, if there were one on that day.
    pub listing: Option<Clock>,
    /// The publications, chain by chain; none for what is not published.
    pub publications: Vec<Clock>,
    /// Last day for the publication on the publicity system; `None` for what is not published.
    pub publish_by: Option<NaiveDate>,
    /// Last day for the publication on Credit China; `None` for what is not published.
    pub publish_double_by: Option<NaiveDate>,
    /// Measures that a listing would bring, then those that the penalty would bring by itself.
    pub measures: Vec<&'b Measure>,
    /// Why its repair would take the stricter route.
    pub strict: Vec<&'static str>,
}

/// Looks ahead from a penalty.
///
/// # Errors
/// The rulebook lacks a parameter that it must have.
pub fn simulate<'b>(book: &'b Rulebook, supposed: &Supposed) -> Result<Outlook<'b>, RuleMissing> {
    let on = supposed.decided_on;
    let penalty = penalty(supposed);
    let penalised = (supposed.kinds.as_slice(), supposed.grade.as_str());
    let not_listable = heavier::test(book, &supposed.ground, penalised, supposed.field.as_ref(), on).err();
    let only_later = arises_later(book, &supposed.ground, on);
    let listing = if not_listable.is_none() && !only_later { listing(book, supposed)? } else { None };
    let published = is_published(book, supposed)?;
    let last_day = |period| if published { last_day(book, supposed, period) } else { Ok(None) };
    let mut measures: Vec<&Measure> = Vec::new();
    if listing.is_some() {
        measures.extend(book.measures(List::Serious.word(), on));
    }
    if brings_by_itself(&penalty, book)? {
        measures.extend(book.measures(List::FoodLicenceRevoked.word(), on));
    }
    Ok(Outlook {
        heavier: is_heavier(book, &supposed.kinds, &supposed.grade, on),
        not_listable,
        only_later,
        listing,
        publications: if published { publications(book, supposed, &penalty)? } else { Vec::new() },
        publish_by: last_day(PUBLISH)?,
        publish_double_by: last_day(PUBLISH_DOUBLE)?,
        measures,
        strict: strict_reasons(book, &Record::Penalty(penalty), Others::default(), on)?,
    })
}

/// The penalty as if it were on record; what names it is never read.
fn penalty(supposed: &Supposed) -> Penalty {
    Penalty {
        name: String::new(),
        document_no: DocumentNumber::parse("模拟").expect("the word is a number of a document"),
        field: supposed.field.clone(),
        violation_type: String::new(),
        kinds: supposed.kinds.clone(),
        grade: supposed.grade.clone(),
        fine_fen: supposed.fine_fen,
        decided_on: supposed.decided_on,
        valid_to: supposed.valid_to,
        suspended: Suspended::default(),
        publications: Vec::new(),
    }
}

/// The listing with the term of that day; `None` where the law of that day has no list of this kind.
fn listing(book: &Rulebook, supposed: &Supposed) -> Result<Option<Clock>, RuleMissing> {
    let on = supposed.decided_on;
    let term = match book.deadline(on, TERM) {
        Err(RuleMissing::NotInForce { .. }) => return Ok(None),
        term => term?.due.date(),
    };
    // A restriction that the law sets for longer takes the place of the term; a fine restricts nothing.
    let restricted_until = supposed.valid_to.filter(|_| restricts(book, &supposed.kinds, on));
    let term_ends_on = term.max(restricted_until);
    let standing = Standing {
        name: EntryName::parse(List::Serious, "seriousCases/0").expect("the text is a name"),
        uscc: Uscc::parse("91370000706266601D").expect("the check digit is right"),
        ground: supposed.ground.clone(),
        listed_on: on,
        term_ends_on,
        removed_on: None,
        suspended_on: None,
        decision_no: String::new(),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    };
    let listing =
        Listing { standing, penalty_no: None, penalty_kinds: supposed.kinds.clone(), restricted_until };
    listing_clock(book, &listing, on).map(Some)
}

/// Whether the penalty is published at all, as collection will have it: a warning alone only where the law of its day says so (order 45
/// art 2).
fn is_published(book: &Rulebook, supposed: &Supposed) -> Result<bool, RuleMissing> {
    let on = supposed.decided_on;
    let warning =
        |kind: &String| book.code("penalty_kind", kind, on).is_some_and(|code| code.has_tag("warning"));
    if !supposed.kinds.iter().all(warning) {
        return Ok(true);
    }
    match book.flag(WARNING_ONLY, on) {
        Err(RuleMissing::NotInForce { .. }) => Ok(false),
        published => published,
    }
}

/// The clock of each chain that the law of the day of the decision asks for.
fn publications(book: &Rulebook, supposed: &Supposed, penalty: &Penalty) -> Result<Vec<Clock>, RuleMissing> {
    let on = supposed.decided_on;
    let mut clocks = Vec::new();
    for (chain, period, day) in
        [(PUBLICITY, PUBLISH, supposed.published_on), (CREDIT_CHINA, PUBLISH_DOUBLE, on)]
    {
        if book.parameter(period, on).is_err() {
            continue;
        }
        let publication = Publication { chain: chain.to_owned(), published_on: day, chosen: String::new() };
        let shown = Penalty { publications: vec![publication], ..penalty.clone() };
        clocks.extend(penalty_clocks(book, &shown, day)?);
    }
    Ok(clocks)
}

fn last_day(book: &Rulebook, supposed: &Supposed, period: &str) -> Result<Option<NaiveDate>, RuleMissing> {
    match book.deadline(supposed.decided_on, period) {
        Err(RuleMissing::NotInForce { .. }) => Ok(None),
        deadline => Ok(deadline?.due.date()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    /// A penalty of these kinds for selling without a licence, published on the day of its decision.
    fn supposed(on: &str, kinds: &[&str], grade: &str) -> Supposed {
        Supposed {
            decided_on: day(on),
            kinds: kinds.iter().map(ToString::to_string).collect(),
            fine_fen: 5_000_000,
            grade: grade.to_owned(),
            ground: "F1".to_owned(),
            field: Some(FieldCode::parse("FOOD").unwrap()),
            published_on: day(on),
            valid_to: None,
        }
    }

    /// For each publication: chain, law, first day of repair, last day of the term.
    fn publications(supposed: &Supposed) -> Vec<(String, String, String, String)> {
        let book = Rulebook::builtin();
        let outlook = simulate(&book, supposed).unwrap();
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let told = outlook.publications.into_iter();
        told.map(|clock| {
            let first = text(clock.eligible_from());
            (clock.chain, clock.regime, first, text(clock.term_ends_on))
        })
        .collect()
    }

    fn is(chain: &str, law: &str, first: &str, last: &str) -> (String, String, String, String) {
        (chain.to_owned(), law.to_owned(), first.to_owned(), last.to_owned())
    }

    #[test]
    fn a_fine_for_food_is_told_by_the_laws_of_its_day() {
        let fine = |on: &str| publications(&supposed(on, &["3"], "Heavier"));
        assert_eq!(
            fine("2025-12-24"),
            [
                is("publicity", "order45", "2026-12-25", "2028-12-24"),
                is("credit-china", "ndrc58", "2026-12-25", "2028-12-24")
            ]
        );
        assert_eq!(
            fine("2025-12-25"),
            [
                is("publicity", "order107", "2026-03-26", "2026-12-25"),
                is("credit-china", "ndrc58", "2026-12-26", "2028-12-25")
            ]
        );
        assert_eq!(
            fine("2026-04-01"),
            [
                is("publicity", "order107", "2026-07-02", "2027-04-01"),
                is("credit-china", "ndrc36", "2026-07-02", "2027-04-01")
            ]
        );
    }

    #[test]
    fn a_graver_penalty_is_not_repaired_before_order_107_and_after_a_year_since() {
        let closed = |on: &str| publications(&supposed(on, &["10"], ""));
        assert_eq!(closed("2025-12-24")[0], is("publicity", "order45", "", "2028-12-24"));
        assert_eq!(closed("2025-12-25")[0], is("publicity", "order107", "2026-12-26", "2028-12-25"));
    }

    #[test]
    fn a_warning_alone_is_not_published_and_a_small_ordinary_fine_lists_nobody() {
        let book = Rulebook::builtin();
        for (day, kinds, published) in [
            ("2021-08-31", &["1"][..], false),
            ("2021-09-01", &["1"], false),
            ("2026-04-01", &["1"], false),
            ("2026-04-01", &["1", "3"], true),
        ] {
            let outlook = simulate(&book, &supposed(day, kinds, "")).unwrap();
            assert_eq!(!outlook.publications.is_empty(), published, "{day} {kinds:?}");
            let last_days = [outlook.publish_by, outlook.publish_double_by];
            assert!(
                last_days.iter().all(|last| last.is_some() == published),
                "{day} {kinds:?} {last_days:?}"
            );
        }
        let fine = supposed("2026-04-01", &["3"], "Ordinary");
        let outlook = simulate(&book, &fine).unwrap();
        assert!(!outlook.heavier && outlook.listing.is_none() && outlook.measures.is_empty());
        assert!(matches!(outlook.not_listable, Some(NotListable::NotHeavier { .. })));
    }

    #[test]
    fn a_listing_has_the_term_the_stay_and_the_measures_of_its_day() {
        let book = Rulebook::builtin();
        let fine = supposed("2026-01-05", &["3"], "Heavier");
        let outlook = simulate(&book, &fine).unwrap();
        let listing = outlook.listing.unwrap();
        assert_eq!(listing.term_ends_on, Some(day("2029-01-05")));
        assert_eq!(listing.eligible_from(), Some(day("2027-01-06")));
        assert!(outlook.measures.iter().any(|measure| measure.code == "NoNotifyCommit"));
        assert_eq!(outlook.publish_double_by, Some(day("2026-01-14")));
        let banned = Supposed { valid_to: Some(day("2031-01-05")), ..supposed("2026-01-05", &["12"], "") };
        let outlook = simulate(&book, &banned).unwrap();
        let listing = outlook.listing.unwrap();
        assert_eq!(listing.term_ends_on, Some(day("2031-01-05")));
        assert_eq!(
            listing.eligible_from(),
            Some(day("2031-01-06")),
            "not while what it forbids is forbidden"
        );
        let fine =
            Supposed { valid_to: Some(day("2031-01-05")), ..supposed("2026-01-05", &["3"], "Heavier") };
        let listing = simulate(&book, &fine).unwrap().listing.unwrap();
        assert_eq!(listing.term_ends_on, Some(day("2029-01-05")), "a fine restricts nothing");
        assert_eq!(outlook.strict, ["GRAVE"]);
    }

    #[test]
    fn a_revoked_licence_for_food_brings_its_bar_whether_or_not_it_lists() {
        let book = Rulebook::builtin();
        let brought = |on: &str, ground: &str, field: &str| -> Vec<String> {
            let of_field = Some(FieldCode::parse(field).unwrap());
            let supposed =
                Supposed { ground: ground.to_owned(), field: of_field, ..supposed(on, &["8"], "") };
            let measures = simulate(&book, &supposed).unwrap().measures.into_iter();
            let by_itself = measures.filter(|measure| measure.trigger == "FOOD_LICENCE_REVOKED");
            by_itself.map(|measure| measure.code.clone()).collect()
        };
        assert_eq!(brought("2026-01-05", "F1", "FOOD"), ["MarketEntryBan"]);
        assert_eq!(brought("2026-01-05", "", "FOOD"), ["MarketEntryBan"], "no ground of the list is named");
        assert!(brought("2026-01-05", "Q1", "SE").is_empty(), "the bar is of the law of food");
        // 食品安全法 of 2015 came into force on 1 October.
        assert!(brought("2015-09-30", "", "FOOD").is_empty());
        assert_eq!(brought("2015-10-01", "", "FOOD"), ["MarketEntryBan"]);
    }

    #[test]
    fn no_listing_goes_with_a_penalty_that_is_still_to_be_refused() {
        let book = Rulebook::builtin();
        let of_ground = |ground: &str| {
            let supposed = Supposed { ground: ground.to_owned(), ..supposed("2026-01-05", &["8"], "") };
            simulate(&book, &supposed).unwrap()
        };
        let refused = of_ground("N1");
        assert!(refused.only_later && refused.not_listable.is_none() && refused.listing.is_none());
        assert!(refused.measures.iter().all(|measure| measure.trigger != "SERIOUS"));
        let at_once = of_ground("O2");
        assert!(!at_once.only_later && at_once.listing.is_some());
    }

    #[test]
    fn before_order_44_a_ground_of_it_lists_nobody() {
        let book = Rulebook::builtin();
        let early = supposed("2021-08-31", &["8"], "");
        let outlook = simulate(&book, &early).unwrap();
        assert!(matches!(outlook.not_listable, Some(NotListable::GroundUnknown { .. })));
        assert!(outlook.listing.is_none());
    }
}
