//! Visits that several departments make together (进一次门、查多项事): they come on one day, and whoever comes on another one says why.

use chrono::NaiveDate;

use super::Visit;

/// The day on which the other departments came to an enterprise that a visit on `day` is not made on; `None` when it is made with them, or
/// nobody has come yet. Who came apart from the others, with a reason, sets no day for anybody.
pub fn apart_from(others: &[Visit], day: NaiveDate) -> Option<NaiveDate> {
    let together = others.iter().filter(|visit| visit.apart_for.is_empty());
    together.filter_map(Visit::made_on).find(|on| *on != day)
}

/// Why a visit on `day` is made apart from the others: what is said now, else what was said when the inspectors entered; empty for one that
/// is made with them.
///
/// # Errors
/// What is wrong with the reason: it is missing, or there is nothing to give one for.
pub fn reason_of(others: &[Visit], day: NaiveDate, said: &str, before: &str) -> Result<String, String> {
    match apart_from(others, day) {
        None if said.is_empty() => Ok(String::new()),
        None => Err("belongs to a visit on another day than that of the other departments".to_owned()),
        Some(_) if !said.is_empty() => Ok(said.to_owned()),
        Some(_) if !before.is_empty() => Ok(before.to_owned()),
        Some(on) => Err(format!(
            "must be given: the departments make this visit together, and the others came on {on}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::visit::ScannedIn;
    use crate::domain::{InspectorNo, testing};
    use domain::MicrosUtc;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A visit that was entered on a day, if one is given, apart from the others for a reason, if there is one.
    fn visit(entered_on: &str, apart_for: &str) -> Visit {
        let by = InspectorNo::parse("JN0001").unwrap();
        let scanned_in = (!entered_on.is_empty())
            .then(|| ScannedIn { at: MicrosUtc::start_of_shanghai_day(day(entered_on)), by });
        Visit { scanned_in, apart_for: apart_for.to_owned(), ..testing::visit(2, "JN0001") }
    }

    #[test]
    fn who_comes_first_sets_the_day_and_who_came_apart_sets_none() {
        let (monday, tuesday) = (day("2026-11-09"), day("2026-11-10"));
        assert_eq!(apart_from(&[], monday), None);
        assert_eq!(apart_from(&[visit("", "")], monday), None);
        assert_eq!(apart_from(&[visit("2026-11-09", "")], monday), None);
        assert_eq!(apart_from(&[visit("2026-11-09", "")], tuesday), Some(monday));
        assert_eq!(apart_from(&[visit("2026-11-10", "设备停用"), visit("2026-11-09", "")], monday), None);
        assert_eq!(apart_from(&[visit("2026-11-10", "设备停用")], monday), None);
    }

    #[test]
    fn a_reason_is_given_for_another_day_and_for_no_other() {
        let (others, monday, tuesday) = ([visit("2026-11-09", "")], day("2026-11-09"), day("2026-11-10"));
        assert_eq!(reason_of(&others, monday, "", ""), Ok(String::new()));
        assert_eq!(
            reason_of(&others, monday, "", "设备停用"),
            Ok(String::new()),
            "it is made with them after all"
        );
        assert!(reason_of(&others, monday, "设备停用", "").is_err());
        assert!(reason_of(&others, tuesday, "", "").unwrap_err().contains("2026-11-09"));
        assert_eq!(reason_of(&others, tuesday, "设备停用", ""), Ok("设备停用".to_owned()));
        assert_eq!(reason_of(&others, tuesday, "", "设备停用"), Ok("设备停用".to_owned()));
    }
}
