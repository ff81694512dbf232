//! Before the event: marks, from the licences that the permits became.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use contract::collection::v1::record::Content;
use contract::common::v1::ListWorkRequest;
use contract::registry::v1::{ConfirmMarksRequest, ListMarksRequest, Mark};
use standalone::clients::Clients;
use standalone::demo::city::City;

use crate::people::People;
use crate::{id, wait};

/// Offices that confirm marks.
const CONFIRMING: [&str; 3] = ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV"];
/// Kind of the duty to confirm a mark.
const CONFIRM: &str = "mark.confirm";

/// The marks that the permits of a generated city give on `day`: credit code and field of every licence in force.
pub fn marked_by(city: &City, day: NaiveDate) -> BTreeSet<(String, String)> {
    let day = day.to_string();
    let in_force = city.records.iter().filter(|record| match &record.content {
        Some(Content::Permit(permit)) => permit.state == "Valid" && permit.valid_to >= day,
        _ => false,
    });
    in_force.map(|record| (record.uscc.clone(), record.field.clone())).collect()
}

/// All marks in a state.
pub async fn marks_in(clients: &Clients, state: &str) -> Vec<Mark> {
    let (mut marks, mut page_token) = (Vec::new(), String::new());
    loop {
        let request =
            ListMarksRequest { state: state.to_owned(), page_size: 1_000, page_token, ..Default::default() };
        let page = clients.marks().list_marks(request).await.expect("marks are listed").into_inner();
        marks.extend(page.marks);
        if page.next_page_token.is_empty() {
            return marks;
        }
        page_token = page.next_page_token;
    }
}

/// Each office confirms what its list of duties asks of it, until the publicity system has acknowledged every mark. Returns how
/// many each confirmed.
pub async fn confirm_marks(people: &People) -> BTreeMap<&'static str, usize> {
    let mut confirmed = BTreeMap::new();
    for office in CONFIRMING {
        let names = to_confirm(people, office).await;
        confirmed.insert(office, names.len());
        for names in names.chunks(500) {
            let request = ConfirmMarksRequest {
                names: names.to_vec(),
                legal_basis: "重点领域信用监管工作方案".to_owned(),
                request_id: id(),
            };
            let answer = people.officer("confirmer", office).marks().confirm_marks(request).await;
            answer.unwrap_or_else(|refused| panic!("{office} may confirm what its duties name: {refused}"));
        }
    }
    let total: usize = confirmed.values().sum();
    let credit = people.officer("reader", "CREDIT");
    wait::until("every confirmed mark is acknowledged by the publicity system", || async {
        (marks_in(&credit, "Published").await.len() == total).then_some(())
    })
    .await;
    confirmed
}

async fn to_confirm(people: &People, office: &str) -> Vec<String> {
    let mut duties = people.duties(&people.addresses().registry, office);
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListWorkRequest { page_size: 500, page_token, ..ListWorkRequest::default() };
        let page = duties.list_work(request).await.expect("an office sees its duties").into_inner();
        names.extend(page.duties.into_iter().filter(|duty| duty.kind == CONFIRM).map(|duty| duty.subject));
        if page.next_page_token.is_empty() {
            return names;
        }
        page_token = page.next_page_token;
    }
}
