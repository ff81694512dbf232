//! Risk classes, as the store keeps what risk told.

use registry::domain::ToldClass;
use registry::store::ClassFact;

use crate::store::house::{A, B, House, day, open, uscc};

fn field(code: &str) -> domain::FieldCode {
    domain::FieldCode::parse(code).unwrap()
}

fn class(holder: &str, code: &str) -> ToldClass {
    ToldClass {
        uscc: uscc(holder),
        field: field("FOOD"),
        scheme: "shandong2020".into(),
        code: code.into(),
        as_of: day("2026-03-01"),
        office: domain::OfficeCode::parse("CREDIT").unwrap(),
        effect: "RUN_APPROVED".into(),
        until: None,
    }
}

fn in_effect(holder: &str, code: &str) -> ClassFact {
    ClassFact::InEffect(class(holder, code))
}

fn ended(holder: &str) -> ClassFact {
    ClassFact::Ended { uscc: uscc(holder), field: field("FOOD") }
}

impl House {
    async fn take_classes(&self, facts: &[ClassFact]) {
        let mut tx = self.db.begin_write().await.unwrap();
        self.store.take_classes(&mut tx, facts).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn class_on(&self, holder: &str, on: &str) -> Option<ToldClass> {
        self.store.told_class(&uscc(holder), &field("FOOD"), day(on)).await.unwrap()
    }
}

async fn a_class_is_what_risk_told_last_of_the_enterprise_in_the_field(house: House) {
    house.take_classes(&[in_effect(A, "B"), in_effect(B, "C"), in_effect(A, "E")]).await;
    assert_eq!(
        house.class_on(A, "2026-03-02").await,
        Some(class(A, "E")),
        "in one batch the last word counts"
    );
    house.take_classes(&[in_effect(A, "D")]).await;
    house.take_classes(&[in_effect(A, "D"), ended(B)]).await;
    assert_eq!(house.class_on(A, "2026-03-02").await, Some(class(A, "D")), "told twice, it is there once");
    assert_eq!(house.class_on(B, "2026-03-02").await, None, "who has left the field has none");
    let elsewhere = house.store.told_class(&uscc(A), &field("SE"), day("2026-03-02")).await.unwrap();
    assert_eq!(elsewhere, None, "a class is of its field");
    let mut tx = house.db.begin_write().await.unwrap();
    house.store.forget_classes(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(house.class_on(A, "2026-03-02").await, None);
}

async fn a_class_by_an_override_is_shown_up_to_its_last_day(house: House) {
    let over =
        ToldClass { until: Some(day("2026-06-30")), effect: "OVERRIDE_APPROVED".into(), ..class(A, "E") };
    house.take_classes(&[ClassFact::InEffect(over.clone())]).await;
    assert_eq!(house.class_on(A, "2026-06-30").await, Some(over), "the last day counts");
    assert_eq!(house.class_on(A, "2026-07-01").await, None, "whether or not anything is told of it");
}

db::conformance! { open = open; cases = [
    a_class_is_what_risk_told_last_of_the_enterprise_in_the_field,
    a_class_by_an_override_is_shown_up_to_its_last_day,
] }
