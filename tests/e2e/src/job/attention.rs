//! Before: complaints, the signal in them, and the officer who confirms it.

use contract::collection::v1::{Ticket, TicketCaller};
use contract::risk::v1::{ConfirmSignalRequest, Flag, ListSignalsRequest, RunScanRequest, TakeSignalRequest};

use crate::people::People;
use crate::{id, today, wait};

/// How many people complain: enough to stand out among any peers that complain of nothing.
pub const COMPLAINTS: i64 = 12;

/// Complaints of as many callers about one enterprise, over the last days.
pub fn complaints(uscc: &str, division: &str) -> Vec<Ticket> {
    let complaint = |number: i64| Ticket {
        ticket_no: format!("JN2026{number:06}"),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        topic: "食品过期".to_owned(),
        accepted_on: (today() - chrono::TimeDelta::days(5 + number)).to_string(),
        uscc: uscc.to_owned(),
        field: "FOOD".to_owned(),
        division: division.to_owned(),
        text: "买到超过保质期的饼干".to_owned(),
        caller: Some(TicketCaller { phone: format!("138123456{number:02}"), ..TicketCaller::default() }),
        ..Ticket::default()
    };
    (0..COMPLAINTS).map(complaint).collect()
}

/// The line office of food has the complaints scanned, looks at the signal about an enterprise and confirms it.
pub async fn attention(people: &People, uscc: &str) -> Flag {
    wait::quiet(people).await;
    let mut signals = people.officer("reviewer", "FOOD_PROD").signals();
    let request = RunScanRequest { as_of: String::new(), request_id: id() };
    signals.run_scan(request).await.expect("the line office has complaints scanned");
    let request =
        ListSignalsRequest { uscc: uscc.to_owned(), purpose: "复核".to_owned(), ..Default::default() };
    let raised = signals.list_signals(request).await.expect("the line office sees signals").into_inner();
    let name = raised.signals.first().expect("the complaints raise a signal").name.clone();
    let request = TakeSignalRequest { name: name.clone(), request_id: id() };
    signals.take_signal(request).await.expect("the line office takes it up");
    let request =
        ConfirmSignalRequest { name, reason: "多人投诉同一问题".to_owned(), request_id: id() };
    signals.confirm_signal(request).await.expect("the line office confirms").into_inner()
}
