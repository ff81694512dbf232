//! One list from five.

use contract::{
    common::v1::{Duty, ListWorkResponse},
    gateway::v1::ServiceDuty,
};

use super::Places;
use crate::forward::Home;

/// A page of the merged list.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    /// The duties, the earliest due first.
    pub(crate) duties: Vec<ServiceDuty>,
    /// Where the next page begins; `None` when every list that was read or begun is at its end.
    pub(crate) next: Option<Places>,
}

/// The first `size` duties of the lists, each of which begins at its place. A list that was not answered stays where it is.
pub(crate) fn merge(places: &Places, answers: Vec<(Home, ListWorkResponse)>, size: usize) -> Page {
    let mut next = places.clone();
    let mut found = Vec::new();
    for (home, answer) in answers {
        // Behind its last duty the list is at its end, unless the service says that it goes on.
        let at_end = answer.next_page_token.is_empty();
        if answer.duties.is_empty() {
            next.end(home);
        }
        let count = answer.duties.len();
        let last = |index: usize| at_end && index + 1 == count;
        found.extend(answer.duties.into_iter().enumerate().map(|(index, duty)| (home, duty, last(index))));
    }
    // Each list is in order already, and what is of one day stays as it is.
    found.sort_by(|(_, one, _), (_, other, _)| due(one).cmp(due(other)));
    let mut goes_on = found.len() > size;
    found.truncate(size);
    for (home, duty, last) in &mut found {
        let token = std::mem::take(&mut duty.page_token);
        if *last { next.end(*home) } else { next.go_on(*home, token) }
    }
    // A list that was begun goes on, also while its service is away; but not for ever: a page of nothing is the last.
    goes_on |= found.iter().any(|(home, ..)| next.token(*home).is_some())
        || !found.is_empty()
            && Home::ALL.into_iter().any(|home| next.token(home).is_some_and(|at| !at.is_empty()));
    let duties = found
        .into_iter()
        .map(|(home, duty, _)| ServiceDuty { service: home.name().to_owned(), duty: Some(duty) });
    Page { duties: duties.collect(), next: goes_on.then_some(next) }
}

/// The day by which duties are in order: those that wait for a calendar come last.
fn due(duty: &Duty) -> &str {
    if duty.due_on.is_empty() { "9999-12-31" } else { &duty.due_on }
}

#[cfg(test)]
mod tests {
    use db::Fingerprint;

    use super::*;

    fn list() -> Fingerprint {
        Fingerprint::of(&["list"])
    }

    /// What a service with these last days answers from a place in its list on.
    fn answer(days: &[&str], place: &str, size: usize) -> ListWorkResponse {
        let from = place.parse().unwrap_or(0);
        let duty = |(at, day): (usize, &&str)| Duty {
            due_on: (*day).to_owned(),
            page_token: (at + 1).to_string(),
            ..Duty::default()
        };
        let duties: Vec<_> = days.iter().enumerate().skip(from).take(size).map(duty).collect();
        let read = from + duties.len();
        let next_page_token = if read < days.len() { read.to_string() } else { String::new() };
        ListWorkResponse { duties, next_page_token }
    }

    /// The pages of the merged list: service and day of each duty.
    fn pages(lists: &[(Home, &[&str])], size: usize) -> Vec<Vec<(String, String)>> {
        let mut places = Places::decode("", list()).unwrap();
        let mut pages = Vec::new();
        loop {
            let answers = lists.iter().filter_map(|(home, days)| {
                places.token(*home).map(|place| (*home, answer(days, place, size)))
            });
            let page = merge(&places, answers.collect(), size);
            let shown = page.duties.into_iter().map(|one| (one.service, one.duty.unwrap().due_on));
            pages.push(shown.collect());
            match page.next {
                Some(next) => places = next,
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_of_any_size_cover_every_duty_once_in_the_order_of_days() {
        let lists: [(Home, &[&str]); 4] = [
            (Home::Registry, &["2026-01-02", "2026-01-05", ""]),
            (Home::Collection, &[]),
            (Home::Risk, &["2026-01-01", "2026-01-02", "2026-01-02", "2026-03-01"]),
            (Home::Punishment, &["2026-02-01"]),
        ];
        let whole = pages(&lists, 500).concat();
        let days: Vec<_> = whole.iter().map(|(_, day)| day.as_str()).collect();
        assert_eq!(
            days,
            [
                "2026-01-01",
                "2026-01-02",
                "2026-01-02",
                "2026-01-02",
                "2026-01-05",
                "2026-02-01",
                "2026-03-01",
                ""
            ]
        );
        assert_eq!(whole[1].0, "registry", "of one day, in the order of the services");
        for size in 1..=9 {
            let pages = pages(&lists, size);
            assert_eq!(pages.concat(), whole, "page size {size}");
            assert!(pages.iter().all(|page| page.len() == size || page == pages.last().unwrap()), "{size}");
            assert_eq!(pages.len(), whole.len().div_ceil(size), "no page is empty, size {size}");
        }
    }

    #[test]
    fn a_list_that_was_not_answered_stays_where_it_is() {
        let mut places = Places::decode("", list()).unwrap();
        places.go_on(Home::Risk, "7".to_owned());
        let page = merge(&places, vec![(Home::Registry, answer(&["2026-01-01", "2026-01-02"], "", 1))], 1);
        let next = page.next.unwrap();
        assert_eq!((next.token(Home::Risk), next.token(Home::Registry)), (Some("7"), Some("1")));
    }

    #[test]
    fn a_list_that_was_begun_goes_on_when_the_others_are_at_their_end() {
        let mut places = Places::decode("", list()).unwrap();
        places.go_on(Home::Risk, "7".to_owned());
        let page = merge(&places, vec![(Home::Registry, answer(&["2026-01-01"], "", 50))], 50);
        assert_eq!(page.next.as_ref().and_then(|next| next.token(Home::Risk)), Some("7"));
        assert!(merge(&page.next.unwrap(), Vec::new(), 50).next.is_none(), "a page of nothing is the last");
    }

    #[test]
    fn what_is_away_does_not_keep_a_reader_turning_pages() {
        let places = Places::decode("", list()).unwrap();
        let page = merge(&places, vec![(Home::Registry, answer(&["2026-01-01"], "", 50))], 50);
        assert_eq!((page.duties.len(), page.next), (1, None));
    }
}
