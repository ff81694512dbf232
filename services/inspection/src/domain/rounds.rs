//! When the rounds of an announcement take place: the announced round lies ahead, and its figures cannot be known before it (design §9).

use chrono::{Datelike, Days, NaiveDate};
use domain::{MicrosUtc, shanghai_date};
use rulebook::{EntropySource, Round, RoundDay, RoundProblem, Rulebook};

use super::Announcing;

/// From when on the figures of the two announced rounds may be entered; nothing of rounds that have no calendar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTimes {
    /// Of the round that decides.
    pub round_at: Option<MicrosUtc>,
    /// Of the one that decides if the first does not take place.
    pub fallback_at: Option<MicrosUtc>,
}

impl RoundTimes {
    /// From when on figures of the fallback may be entered: nobody knows before the first round is over that it did not take place.
    pub fn both_over_at(&self) -> Option<MicrosUtc> {
        self.round_at.max(self.fallback_at)
    }
}

/// Holds the reason why the first round did not take place against the round that the figures are of: once both have taken place, nobody
/// shall choose.
///
/// # Errors
/// Says what is wrong with the reason: the fallback has none, or the first round has one.
pub fn check_void_reason(is_fallback: bool, reason: &str) -> Result<(), &'static str> {
    match (is_fallback, reason.is_empty()) {
        (true, true) => {
            Err("must say why the first round did not take place: the fallback decides only then")
        }
        (false, false) => Err("must be empty: these are figures of the first round, so it took place"),
        _ => Ok(()),
    }
}

/// What is wrong, and with which field of the request.
pub type Problem = (&'static str, String);
/// A round that counts within its year, and its day.
type Placed = (Round, RoundDay);

/// Places the rounds of an announcement made `now`. Where the calendar of the year was not supplied, a round counts as one that lies ahead
/// only when its earliest day does, and the officer says on which day it is expected.
///
/// # Errors
/// Names each field with what is wrong: a source without rounds, a name that is no round, one that may have taken place, another day than
/// the calendar's, a fallback that does not come after the round, a draw before the round.
pub fn round_times(
    announcing: &Announcing,
    book: &Rulebook,
    now: MicrosUtc,
) -> Result<RoundTimes, Vec<Problem>> {
    let Some(source) = book.entropy_source(&announcing.source, shanghai_date(now)) else {
        let problem = format!("the rulebook does not say how `{}` names its rounds", announcing.source);
        return Err(vec![("entropy_source", problem)]);
    };
    let round = placed(book, source, &announcing.round);
    let fallback = placed(book, source, &announcing.fallback);
    match (round, fallback) {
        (Ok(round), Ok(fallback)) => times(announcing, source, (round, fallback), now),
        (round, fallback) => {
            let refused = [("entropy_round", round.err()), ("fallback_round", fallback.err())];
            Err(refused
                .into_iter()
                .filter_map(|(path, problem)| Some((path, problem?.to_string())))
                .collect())
        }
    }
}

fn placed(book: &Rulebook, source: &EntropySource, name: &str) -> Result<Option<Placed>, RoundProblem> {
    let Some(round) = source.round(name)? else { return Ok(None) };
    Ok(Some((round, book.round_day(source, round)?)))
}

fn times(
    announcing: &Announcing,
    source: &EntropySource,
    (round, fallback): (Option<Placed>, Option<Placed>),
    now: MicrosUtc,
) -> Result<RoundTimes, Vec<Problem>> {
    let day = day_of(announcing, source, round).map_err(|problem| vec![("round_on", problem)])?;
    let Some(day) = day else { return Ok(RoundTimes::default()) };
    let mut problems = Vec::new();
    let first = match round {
        Some((_, RoundDay::NotBefore(first))) => first,
        _ => day,
    };
    if source.earliest_on(first) <= now {
        let problem = if first == day { "has taken place" } else { "may have taken place" };
        let name = &announcing.round;
        problems.push(("entropy_round", format!("`{name}` {problem}: it can come as early as on {first}")));
    }
    let fallback_day = match (round, fallback) {
        (Some((round, _)), Some(fallback)) => fallback_day((round, day), fallback),
        _ => None,
    };
    if round.is_some() && fallback_day.is_none_or(|fallback| fallback <= day) {
        problems.push(("fallback_round", "must be a round that comes after `entropy_round`".to_owned()));
    }
    let round_at = source.over_on(day);
    if announcing.draw_at < round_at {
        problems
            .push(("draw_time", format!("must not lie before `entropy_round`, which is over at {round_at}")));
    }
    let times =
        RoundTimes { round_at: Some(round_at), fallback_at: fallback_day.map(|day| source.over_on(day)) };
    if problems.is_empty() { Ok(times) } else { Err(problems) }
}

/// The day of the round that decides: by the calendar of its year, else as the officer states it; `None` where rounds have no calendar and
/// nothing is stated.
fn day_of(
    announcing: &Announcing,
    source: &EntropySource,
    round: Option<Placed>,
) -> Result<Option<NaiveDate>, String> {
    let Some((Round { year, .. }, at)) = round else { return Ok(announcing.round_on) };
    match (at, announcing.round_on) {
        (RoundDay::On(day), Some(stated)) if stated != day => Err(format!(
            "is not the day of `{}`: the calendar of the source has it on {day}",
            announcing.round
        )),
        (RoundDay::On(day), _) => Ok(Some(day)),
        (RoundDay::NotBefore(first), None) => Err(format!(
            "must be stated: a calendar of `{}` for {year} that reaches to `{}` was not supplied; it comes on {first} at the \
             earliest",
            source.code, announcing.round
        )),
        (RoundDay::NotBefore(first), Some(stated)) if stated < first || stated.year() != year => {
            Err(format!(
                "is not the day of `{}`, which comes in {year}, on {first} at the earliest",
                announcing.round
            ))
        }
        (RoundDay::NotBefore(_), Some(stated)) if !source.weekdays.contains(&stated.weekday()) => {
            Err(format!("is no day of the week on which `{}` draws", source.code))
        }
        (RoundDay::NotBefore(_), stated) => Ok(stated),
    }
}

/// The earliest day of a fallback: each round after the one that decides takes a day of its own. `None` for one that comes before it.
fn fallback_day((round, day): (Round, NaiveDate), (fallback, at): Placed) -> Option<NaiveDate> {
    if fallback <= round {
        return None;
    }
    match at {
        RoundDay::On(day) => Some(day),
        RoundDay::NotBefore(first) => {
            let later = if fallback.year == round.year { fallback.number - round.number } else { 1 };
            Some(first.max(day.checked_add_days(Days::new(later.into()))?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::draw::EntropyRule;
    use domain::parse_date;

    /// 2026-11-09 10:00 in Shanghai, the 313th day of the year.
    const NOW: MicrosUtc = MicrosUtc(1_794_189_600_000_000);
    const HOUR: i64 = 3_600_000_000;

    #[test]
    fn a_fallback_needs_a_reason_why_the_first_round_did_not_take_place_and_the_first_has_none() {
        assert_eq!(check_void_reason(false, ""), Ok(()));
        assert_eq!(check_void_reason(true, "因设备故障停开"), Ok(()));
        assert!(check_void_reason(true, "").unwrap_err().starts_with("must say"));
        assert!(check_void_reason(false, "因设备故障停开").unwrap_err().starts_with("must be empty"));
    }

    #[test]
    fn a_fallback_waits_for_both_rounds_and_one_without_a_calendar_for_what_is_known() {
        let (early, late) = (Some(NOW), Some(NOW.plus_micros(HOUR)));
        let over = |round_at, fallback_at| RoundTimes { round_at, fallback_at }.both_over_at();
        assert_eq!((over(early, late), over(late, early)), (late, late));
        assert_eq!((over(early, None), over(None, None)), (early, None));
    }

    /// The next morning.
    fn announcing(round: &str, round_on: &str) -> Announcing {
        Announcing {
            source: "welfare-lottery-3d".into(),
            rule: EntropyRule::Digits,
            round: round.into(),
            fallback: "2026330".into(),
            round_on: (!round_on.is_empty()).then(|| parse_date(round_on).unwrap()),
            draw_at: NOW.plus_micros(24 * HOUR),
        }
    }

    /// A calendar of 2026 in which nothing is drawn on 13 days before.
    fn with_calendar() -> Rulebook {
        let table = "code,year,closed,source\n\
                     welfare-lottery-3d,2026,2026-02-14..2026-02-26,a calendar of tests\n";
        let years = |(name, text): (String, Vec<u8>)| {
            let text = if name == "entropy_years.csv" { table.as_bytes().to_vec() } else { text };
            (name, text)
        };
        Rulebook::from_archive(Rulebook::builtin().archive().into_iter().map(years)).unwrap()
    }

    /// The fields that are refused.
    fn refused(announcing: &Announcing, book: &Rulebook) -> Vec<&'static str> {
        let problems = round_times(announcing, book, NOW).unwrap_err();
        problems.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn by_the_calendar_of_the_year_the_round_of_this_evening_lies_ahead_and_the_one_of_yesterday_does_not() {
        let book = with_calendar();
        let evening = MicrosUtc::start_of_shanghai_day(parse_date("2026-11-09").unwrap());
        let times = round_times(&announcing("2026300", ""), &book, NOW).unwrap();
        assert_eq!(times.round_at, Some(evening.plus_micros(21 * HOUR + HOUR / 4)));
        assert_eq!(times.fallback_at, times.round_at.map(|at| at.plus_micros(30 * 24 * HOUR)));
        assert_eq!(round_times(&announcing("2026300", "2026-11-09"), &book, NOW), Ok(times));
        assert_eq!(refused(&announcing("2026299", ""), &book), ["entropy_round"]);
        assert_eq!(refused(&announcing("2026300", "2026-11-10"), &book), ["round_on"]);
        assert_eq!(refused(&announcing("2026301", ""), &book), ["draw_time"], "it comes after the draw");
    }

    #[test]
    fn without_a_calendar_only_a_round_whose_earliest_day_lies_ahead_is_taken_with_a_day_that_is_stated() {
        // Of 2026 it knows the ten days of February, and no calendar after September.
        let book = Rulebook::builtin();
        assert_eq!(refused(&announcing("2026303", ""), &book), ["round_on"]);
        let times = round_times(&announcing("2026303", "2026-11-09"), &book, NOW).unwrap();
        assert_eq!(times.fallback_at, times.round_at.map(|at| at.plus_micros(27 * 24 * HOUR)));
        // It can have been the round of yesterday, whatever the officer says.
        assert_eq!(refused(&announcing("2026302", "2026-11-09"), &book), ["entropy_round"]);
        for wrong in ["2026-11-08", "2027-11-09"] {
            assert_eq!(refused(&announcing("2026303", wrong), &book), ["round_on"], "{wrong}");
        }
        let later =
            Announcing { draw_at: NOW.plus_micros(30 * 24 * HOUR), ..announcing("2026303", "2026-11-25") };
        let times = round_times(&later, &book, NOW).unwrap();
        assert_eq!(shanghai_date(times.round_at.unwrap()).to_string(), "2026-11-25");
        assert_eq!(shanghai_date(times.fallback_at.unwrap()).to_string(), "2026-12-22", "27 rounds later");
    }

    #[test]
    fn what_is_no_round_and_a_fallback_that_comes_first_are_named_by_field() {
        let book = with_calendar();
        let no_rounds = Announcing { fallback: "next".into(), ..announcing("2026-300", "") };
        assert_eq!(refused(&no_rounds, &book), ["entropy_round", "fallback_round"]);
        let beyond = Announcing { fallback: "2026353".into(), ..announcing("2026300", "") };
        assert_eq!(refused(&beyond, &book), ["fallback_round"], "the year has 352");
        for before in ["2026299", "2025365"] {
            let before = Announcing { fallback: before.into(), ..announcing("2026300", "") };
            assert_eq!(refused(&before, &book), ["fallback_round"]);
        }
        let unknown = Announcing { source: "my-dice".into(), ..announcing("2026300", "") };
        assert_eq!(refused(&unknown, &book), ["entropy_source"]);
    }

    #[test]
    fn a_source_draws_on_its_days_of_the_week_and_one_without_a_calendar_at_any_time() {
        let book = Rulebook::builtin();
        // Three rounds a week: the 136th of 2026 comes on 22 November at the earliest.
        let weekly = |round: &str, round_on: &str| Announcing {
            source: "welfare-lottery-ssq".into(),
            fallback: "2026150".into(),
            draw_at: NOW.plus_micros(60 * 24 * HOUR),
            ..announcing(round, round_on)
        };
        assert_eq!(refused(&weekly("2026136", "2026-11-25"), &book), ["round_on"], "a Wednesday");
        assert!(round_times(&weekly("2026136", "2026-11-26"), &book, NOW).is_ok());
        let free = Announcing { source: "demo-beacon".into(), ..announcing("308", "") };
        assert_eq!(round_times(&free, &book, NOW), Ok(RoundTimes::default()));
        let stated = Announcing { round_on: parse_date("2026-11-08").ok(), ..free };
        assert_eq!(refused(&stated, &book), ["entropy_round"]);
    }
}
