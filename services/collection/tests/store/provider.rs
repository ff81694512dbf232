//! Who provides a record acts on it, and nobody else: withdrawing, correcting, answering objections, entering remedies.

use collection::Error;
use collection::store::Store;
use contract::collection::v1 as pb;
use service::auth::Caller;
use service::error::ServiceError;
use tonic::Code;

use super::correct::{correct, fined};
use super::fixture::*;
use super::objections::{lodge, propose_by};
use super::remedies::register_by;
use super::withdraw::withdraw;

/// Every office that holds the permissions.
const OFFICES: [&str; 6] =
    ["LEGAL", "FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "ENFORCEMENT", "DISTRICT"];

/// A record of each kind, of a maker of Zhangqiu, provided by the city's bureau or by that of the district.
fn records(unit: &str) -> [(&'static str, pb::Record); 4] {
    let number = |no: &str| format!("{no}{unit}");
    let permit = pb::record::Content::Permit(pb::Permit {
        permit_class: "普通".to_owned(),
        permit_no: "鲁证1".to_owned(),
        valid_from: "2026-02-27".to_owned(),
        valid_to: "2031-02-26".to_owned(),
        ..pb::Permit::default()
    });
    let sampling = pb::record::Content::Sampling(pb::Sampling {
        product: "气瓶".to_owned(),
        passed: true,
        ..pb::Sampling::default()
    });
    let provenance = Some(pb::Provenance {
        producer: unit.to_owned(),
        provider: unit.to_owned(),
        responsible: unit.to_owned(),
    });
    let of = |record: pb::Record| pb::Record { provenance: provenance.clone(), ..record };
    [
        (
            "permit",
            of(pb::Record {
                field: String::new(), ..record(&number("许"), EQUIPMENT, "2026-02-27", permit)
            }),
        ),
        ("penalty", of(penalty(&number("罚"), EQUIPMENT, "2026-02-27"))),
        ("inspection", of(inspection(&number("检"), EQUIPMENT, "2026-02-27"))),
        (
            "sampling",
            of(pb::Record {
                field: "FOOD".to_owned(),
                ..record(&number("抽"), EQUIPMENT, "2026-02-27", sampling)
            }),
        ),
    ]
}

const CITY: &str = "济南市市场监督管理局";
const DISTRICT: &str = "济南市章丘区市场监督管理局";

/// The records of both units by kind and unit, taken.
async fn taken(store: &Store) -> Vec<(&'static str, &'static str, String)> {
    register(store, EQUIPMENT, "370114").await;
    let mut names = Vec::new();
    for (n, unit) in [(1, CITY), (10, DISTRICT)] {
        for (at, (kind, record)) in (0..).zip(records(unit)) {
            let answer = import(store, n + at, vec![record]).await.unwrap();
            assert_eq!(answer.attached, 1, "{kind} {:?}", answer.rejected);
            names.push((kind, unit, last_told(store).await.record.unwrap().name));
        }
    }
    names
}

/// An officer of an office in the maker's district, or of the city.
fn of_office(office: &str) -> Caller {
    let like = officer(office, if office == "DISTRICT" { "370114" } else { "370100" });
    let fields = service::auth::Fields::All;
    Caller::new("wang", "", like.office().clone(), fields, like.divisions().to_vec(), "")
}

/// Whether an office was let through; what it asks may be impossible for another reason.
fn is_let_through<T>(answer: &Result<T, Error>) -> bool {
    !matches!(answer, Err(Error::NotProvider { .. }))
}

/// The offices that provide records of a kind, of the city's bureau or of the district's.
fn providers(kind: &str, unit: &str, with_legal: bool) -> Vec<&'static str> {
    let own: &[&str] = match kind {
        "permit" => &["LEGAL"],
        "penalty" => &["ENFORCEMENT"],
        "inspection" => &["SE_SUPERV"],
        _ => &["FOOD_PROD", "SAMPLING_SPECIAL_FOOD"],
    };
    let may = |office: &&str| {
        let by_unit = unit == DISTRICT && *office == "DISTRICT";
        own.contains(office) || by_unit || (with_legal && *office == "LEGAL")
    };
    OFFICES.into_iter().filter(may).collect()
}

async fn only_who_provides_a_record_corrects_and_withdraws_it_and_the_legal_office_enters_remedies(
    store: Store,
) {
    let mut n = 100;
    for (kind, unit, name) in taken(&store).await {
        let (mut correcting, mut contesting) = (Vec::new(), Vec::new());
        for office in OFFICES {
            let caller = of_office(office);
            n += 2;
            // The revision is another one: nothing is corrected.
            if is_let_through(&correct(&store, n, (&name, 999), fined(1), &caller).await) {
                correcting.push(office);
            }
            if is_let_through(&register_by(&store, n + 1, &name, ("Litigation", office), &caller).await) {
                contesting.push(office);
            }
        }
        assert_eq!(correcting, providers(kind, unit, false), "{kind} of {unit}");
        assert_eq!(contesting, providers(kind, unit, true), "{kind} of {unit}");
        for office in OFFICES.into_iter().filter(|office| !correcting.contains(office)) {
            n += 2;
            let refused = withdraw(&store, n, &name, &of_office(office)).await;
            assert!(!is_let_through(&refused), "{office} withdraws a {kind} of {unit}");
        }
        n += 2;
        withdraw(&store, n, &name, &of_office(correcting[0])).await.unwrap();
    }
}

async fn only_who_provides_a_penalty_answers_objections_to_it(store: Store) {
    let names = taken(&store).await;
    for (at, unit) in [(1, CITY), (5, DISTRICT)] {
        let name = &names[at].2;
        let n = 100 * u32::try_from(at).unwrap();
        let objection =
            lodge(&store, n, name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
        let mut answering = Vec::new();
        for (more, office) in (1..).zip(OFFICES) {
            if is_let_through(&propose_by(&store, n + more, &objection, None, &of_office(office)).await) {
                answering.push(office);
            }
        }
        assert_eq!(answering, providers("penalty", unit, false), "{unit}");
    }
}

async fn who_does_not_provide_is_told_who_does(store: Store) {
    let names = taken(&store).await;
    let penalty = &names[5].2;
    let refused = withdraw(&store, 200, penalty, &of_office("FOOD_PROD")).await.unwrap_err();
    let reason = refused.reason();
    assert_eq!((reason.code(), reason.name()), (Code::PermissionDenied, "NOT_PROVIDER"));
    assert!(
        refused.to_string().contains("ENFORCEMENT") && refused.to_string().contains(DISTRICT),
        "{refused}"
    );
}

db::conformance! {
    open = open;
    cases = [
        only_who_provides_a_record_corrects_and_withdraws_it_and_the_legal_office_enters_remedies,
        only_who_provides_a_penalty_answers_objections_to_it,
        who_does_not_provide_is_told_who_does,
    ]
}
