//! Permit records: what licensing authorities tell about the licences of an enterprise.

use std::collections::HashSet;

use chrono::{Datelike, Days, NaiveDate};
use contract::collection::v1::record::Content;
use contract::collection::v1::{Permit, Provenance, Record};
use contract::registry::v1::Enterprise;
use domain::{LicenceNumber, add_years};
use rand::Rng;

use super::plan::{Plan, Trade};

/// Terms of licences in the generated city. They imitate practice and decide nothing: a real term stands in the permit.
const FOOD_YEARS: u32 = 5;
const EQUIPMENT_YEARS: u32 = 4;

/// One permit for each trade; `taken` holds the numbers given so far. Nine in ten are valid today, the others ran out or were given up.
pub(super) fn of(
    random: &mut impl Rng,
    plan: &Plan,
    enterprise: &Enterprise,
    taken: &mut HashSet<String>,
) -> Vec<Record> {
    plan.trades.iter().map(|trade| permit(random, plan, enterprise, *trade, taken)).collect()
}

fn permit(
    random: &mut impl Rng,
    plan: &Plan,
    enterprise: &Enterprise,
    trade: Trade,
    taken: &mut HashSet<String>,
) -> Record {
    let years = if trade.field() == "FOOD" { FOOD_YEARS } else { EQUIPMENT_YEARS };
    let decided_on = decision_day(random, plan, years);
    let valid_to = add_years(decided_on, years).unwrap_or(decided_on) - Days::new(1);
    let given_up = random.random_bool(0.02);
    let content = Permit {
        permit_class: "普通".to_owned(),
        certificate_name: certificate(trade).to_owned(),
        permit_no: free_number(plan, trade, valid_to, taken),
        content: certificate(trade).to_owned(),
        valid_from: decided_on.to_string(),
        valid_to: valid_to.to_string(),
        authority: "济南市行政审批服务局".to_owned(),
        state: if given_up { "Cancelled" } else { "Valid" }.to_owned(),
        sub_kinds: sub_kinds(trade),
        authority_uscc: "11370100MB000022XE".to_owned(),
        decision_title: "准予行政许可决定书".to_owned(),
    };
    Record {
        uscc: enterprise.uscc.clone(),
        party_name: enterprise.legal_name.clone(),
        field: trade.field().to_owned(),
        provenance: Some(Provenance {
            producer: "济南市行政审批服务局".to_owned(),
            provider: "济南市市场监督管理局法规处".to_owned(),
            responsible: "济南市行政审批服务局".to_owned(),
        }),
        document_no: format!("济审许〔{}〕{:06}-{}", decided_on.year(), plan.index, trade.field()),
        source_unit: "济南市市场监督管理局".to_owned(),
        source_unit_uscc: "11370100MB0000334P".to_owned(),
        decided_on: decided_on.to_string(),
        content: Some(Content::Permit(content)),
        division: enterprise.division.clone(),
        ..Record::default()
    }
}

/// Usually within the present term; one in twenty was not renewed in time.
fn decision_day(random: &mut impl Rng, plan: &Plan, years: u32) -> NaiveDate {
    let term_days = u64::from(years) * 365;
    let days_ago = if random.random_bool(0.05) {
        random.random_range(term_days..term_days + 300)
    } else {
        random.random_range(1..term_days - 30)
    };
    (plan.today - Days::new(days_ago)).max(plan.established_on + Days::new(10)).min(plan.today - Days::new(1))
}

/// The first number of the trade's series that nobody holds yet.
fn free_number(plan: &Plan, trade: Trade, valid_to: NaiveDate, taken: &mut HashSet<String>) -> String {
    (0..)
        .map(|attempt| number(plan.index + attempt, attempt, plan, trade, valid_to).as_str().to_owned())
        .find(|number| taken.insert(number.clone()))
        .expect("the series of numbers does not end before an integer does")
}

/// Serials count within category and division, or within kind, equipment, authority and year; when a thousand attempts met
/// only numbers that are taken, the next category, or equipment and authority, is tried.
fn number(serial: usize, attempt: usize, plan: &Plan, trade: Trade, valid_to: NaiveDate) -> LicenceNumber {
    let digits =
        |number: usize, below: usize| u16::try_from(number % below).expect("a remainder of 10,000 fits");
    let byte = |number: usize, below: usize| u8::try_from(number % below).expect("a remainder of 100 fits");
    match trade {
        Trade::Food { additive, category } => {
            let last = if additive { 3 } else { 31 };
            let category = 1 + byte(usize::from(category) - 1 + attempt / 10_000, last);
            LicenceNumber::compose_food(additive, category, plan.gb_division, digits(serial, 10_000))
        }
        Trade::Equipment { kind, equipment } => {
            let equipment = byte(usize::from(equipment) + attempt / 1_000, 10);
            let authority = 10 + byte(27 + attempt / 10_000, 90);
            let year = u16::try_from(valid_to.year()).expect("a year of this century");
            LicenceNumber::compose_se(kind, equipment, authority, digits(serial, 1_000), year)
        }
    }
    .expect("the parts are within their bounds")
}

fn certificate(trade: Trade) -> &'static str {
    match trade {
        Trade::Food { .. } => "食品生产许可证",
        Trade::Equipment { kind: 7, .. } => "特种设备检验检测机构核准证",
        Trade::Equipment { .. } => "特种设备生产许可证",
    }
}

/// Named where the number leaves several open.
fn sub_kinds(trade: Trade) -> Vec<String> {
    match trade {
        Trade::Equipment { kind: 3, equipment } if equipment % 2 == 0 => {
            vec!["SeInstall".into(), "SeRepair".into()]
        }
        Trade::Equipment { kind: 3, .. } => vec!["SeInstall".into(), "SeAlter".into(), "SeRepair".into()],
        Trade::Equipment { kind: 7, .. } => vec!["SeTestingBody".into()],
        _ => Vec::new(),
    }
}
