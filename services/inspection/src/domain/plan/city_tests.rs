//! Two years of a city of 20,000 enterprises: classes change, enterprises close, new licences come. A plan is made each January and
//! amended each quarter; its visits are made in their months; in March and September there is a draw by class.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use crypto::draw::{Entropy, EntropyRule, Plan as DrawPlan, Secret};
use domain::{DivisionCode, FieldCode, OfficeCode, Uscc};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use rulebook::Rulebook;

use super::*;
use crate::domain::testing::{number_of, uscc};
use crate::domain::{
    Candidate, Care, Frozen, Inspector, InspectorNo, NewTask, Strata, Stratification, strata::SCHEME,
};

const CITY: usize = 20_000;
const FOOD: &str = "FOOD";
const CLASSES: [&str; 5] = ["A", "B", "C", "D", "E"];
const WEIGHTS: [u32; 5] = [50, 25, 15, 7, 3];
const CAP: u32 = 4;
/// Visits that the inspectors of food can make in a month.
const CAPACITY: u64 = 1_200;
const SECRET: Secret = Secret::from_bytes([9; 32]);

/// An enterprise; its place among the others is the number in its credit code.
struct Enterprise {
    subject: PlanSubject,
    open: bool,
    /// Visits that used up the cap, by year.
    counted: BTreeMap<i32, u32>,
}

struct City {
    random: ChaCha8Rng,
    enterprises: Vec<Enterprise>,
    plan: Vec<PlannedVisit>,
    /// Visits to producers of food of each class, and months that such enterprises stood in it.
    visits: [u32; CLASSES.len()],
    months: [u32; CLASSES.len()],
}

fn food() -> FieldCode {
    FieldCode::parse(FOOD).unwrap()
}

/// The place of the class of an enterprise in [`CLASSES`].
fn rank(one: &FieldOf) -> usize {
    CLASSES.iter().position(|class| one.class.as_deref() == Some(class)).unwrap()
}

fn day(year: i32, month: Month, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

impl City {
    fn founded() -> Self {
        let mut city = Self {
            random: ChaCha8Rng::seed_from_u64(2021),
            enterprises: Vec::new(),
            plan: Vec::new(),
            visits: [0; CLASSES.len()],
            months: [0; CLASSES.len()],
        };
        for _ in 0..CITY {
            // Covered within the two years before the first plan, so that no term has run out.
            let covered_on = day(2024, 1, 31) + chrono::Days::new(city.random.random_range(0..=700));
            city.license(covered_on);
        }
        city
    }

    fn license(&mut self, covered_on: NaiveDate) {
        let class = self.any_class();
        let of = |field: &str| FieldOf {
            field: FieldCode::parse(field).unwrap(),
            class: Some(class.clone()),
            covered_on: Some(covered_on),
            superior_on: None,
            visited: Vec::new(),
            full_check_stands: false,
        };
        let fields = match self.random.random_range(0..10) {
            0..6 => vec![of("FOOD")],
            6..9 => vec![of("SE")],
            _ => vec![of("FOOD"), of("SE")],
        };
        let subject = PlanSubject { uscc: uscc(self.enterprises.len()), fields, other_checks: 0 };
        self.enterprises.push(Enterprise { subject, open: true, counted: BTreeMap::new() });
    }

    fn any_class(&mut self) -> String {
        let all = [0, 1, 2, 3, 4];
        let class = all.choose_weighted(&mut self.random, |class| WEIGHTS[*class]).unwrap();
        CLASSES[*class].to_owned()
    }

    /// One enterprise in a hundred gets another class, one in three hundred closes, as many come.
    fn live(&mut self, today: NaiveDate) {
        for at in 0..self.enterprises.len() {
            if self.random.random_bool(0.01) {
                let class = self.any_class();
                self.enterprises[at]
                    .subject
                    .fields
                    .iter_mut()
                    .for_each(|one| one.class = Some(class.clone()));
            }
            if self.random.random_bool(1.0 / 300.0) {
                self.enterprises[at].open = false;
            }
        }
        for _ in 0..CITY / 300 {
            self.license(today);
        }
    }

    fn plan(&mut self, year: i32, from: Month) {
        let today = day(year, from, 1);
        let capacity = [(food(), CAPACITY)].into();
        let rules = PlanRules::on(&Rulebook::builtin(), year, capacity, today).unwrap();
        let rules = PlanRules { cap: Some(CAP), ..rules };
        let open = self.enterprises.iter_mut().filter(|one| one.open);
        let subjects: Vec<PlanSubject> = open
            .map(|one| {
                if from == 1 {
                    one.subject.fields.iter_mut().for_each(|field| field.visited.clear());
                }
                one.subject.other_checks = one.counted.get(&year).copied().unwrap_or(0);
                one.subject.clone()
            })
            .collect();
        let planned = super::plan(&subjects, &rules, from);
        assert_eq!((planned.conflicts, planned.overdue), (vec![], 0), "{today}");
        self.plan = planned.visits;
    }

    /// Makes the visits of a month to those who are still there.
    fn visit(&mut self, year: i32, month: Month) {
        let (due, later) =
            std::mem::take(&mut self.plan).into_iter().partition(|visit: &PlannedVisit| visit.month == month);
        self.plan = later;
        for visit in due {
            if self.enterprises[number_of(&visit.uscc)].open {
                self.inspect(&visit, day(year, month, 28));
            }
        }
    }

    fn inspect(&mut self, visit: &PlannedVisit, on: NaiveDate) {
        let one = &mut self.enterprises[number_of(&visit.uscc)];
        for field in one.subject.fields.iter_mut().filter(|field| visit.fields.contains(&field.field)) {
            field.visited.push(visit.month);
            if visit.full_check.contains(&field.field) {
                field.covered_on = Some(on);
            }
            if field.field.as_str() == FOOD {
                self.visits[rank(field)] += 1;
            }
        }
        *one.counted.entry(on.year()).or_default() += u32::from(visit.counts);
    }

    /// A draw by class among the producers of food whose cap leaves room beside what is planned.
    fn draw(&mut self, year: i32, month: Month) {
        let mut planned = vec![0; self.enterprises.len()];
        for visit in self.plan.iter().filter(|visit| visit.counts) {
            planned[number_of(&visit.uscc)] += 1;
        }
        // A draw leaves one place for what a class asks for that rises within the year.
        let has_room = |one: &&Enterprise| {
            let counted = one.counted.get(&year).copied().unwrap_or(0);
            one.open && counted + planned[number_of(&one.subject.uscc)] + 1 < CAP
        };
        let candidate = |one: &Enterprise| {
            let class = one.subject.fields.iter().find(|own| own.field.as_str() == FOOD)?.class.clone()?;
            Some(Candidate {
                uscc: one.subject.uscc.clone(),
                division: DivisionCode::parse("370102").unwrap(),
                class: Some((SCHEME.to_owned(), class)),
                care: Care::default(),
            })
        };
        let pool: Vec<Candidate> = self.enterprises.iter().filter(has_room).filter_map(candidate).collect();
        let drawn = drawn(&pool, day(year, month, 10));
        for uscc in drawn {
            let visit = PlannedVisit { month, uscc, fields: vec![food()], full_check: vec![], counts: true };
            self.inspect(&visit, day(year, month, 28));
        }
    }

    fn check(&mut self, year: i32, month: Month) {
        let rules = PlanRules::on(&Rulebook::builtin(), year, BTreeMap::new(), day(year, month, 1)).unwrap();
        for one in self.enterprises.iter().filter(|one| one.open) {
            assert!(one.counted.values().all(|counted| *counted <= CAP), "{}", one.subject.uscc);
            for own in one.subject.fields.iter().filter(|own| own.field.as_str() == FOOD) {
                // The month is over: a term whose last whole month it was has been met.
                let until = rules.covered_until(&own.field, own.covered_on.unwrap()).unwrap();
                assert!(until > (year, month), "{} was covered on {:?}", one.subject.uscc, own.covered_on);
                self.months[rank(own)] += 1;
            }
        }
    }
}

/// Draws from a pool, by the strata in force, with the figures of the day.
fn drawn(pool: &[Candidate], on: NaiveDate) -> Vec<Uscc> {
    let task = NewTask {
        title: "食品生产企业双随机抽查".into(),
        field: food(),
        divisions: Vec::new(),
        stratify: Stratification::Class,
        per_object: 2,
        lead_office: OfficeCode::parse("FOOD_PROD").unwrap(),
        items: Vec::new(),
        full_check: false,
        plan_item: None,
        joins: None,
        clue: None,
        end_on: None,
    };
    let inspector = |number: u32| Inspector {
        no: InspectorNo::parse(&format!("JN{number}")).unwrap(),
        office: task.lead_office.clone(),
        fields: vec![food()],
        divisions: vec![DivisionCode::parse("370100").unwrap()],
        cap: 2_000,
        certificate_valid_to: day(2030, 1, 1),
        available: true,
    };
    let inspectors: Vec<Inspector> = (0..8).map(inspector).collect();
    let strata = Strata::on(Stratification::Class, &Rulebook::builtin(), on).unwrap();
    let frozen = Frozen::new(&task, pool, &strata, &inspectors, &[], &SECRET, on);
    let plan = DrawPlan {
        task: format!("tasks/{}-{}", on.year(), on.month()),
        attempt: 1,
        inspectors_per_object: 2,
        lead_office: "FOOD_PROD".into(),
        entropy_source: "welfare-lottery-3d".into(),
        entropy_round: on.format("%Y%j").to_string(),
        entropy_rule: EntropyRule::Digits,
        fallback_round: "0".into(),
        draw_at: on.and_hms_opt(10, 0, 0).unwrap().and_utc().fixed_offset(),
    };
    let announcement = frozen.announce(&plan, task.basis(), &SECRET).unwrap();
    let entropy = Entropy::of_digits(&plan.entropy_round, &on.format("%m%d").to_string()).unwrap();
    let objects = |_: &crypto::draw::Task<'_>, drawn: &crypto::draw::Drawn| {
        drawn.objects.iter().map(|one| Uscc::parse(&one.object).unwrap()).collect()
    };
    frozen.run(&announcement, &SECRET, &entropy, objects).unwrap()
}

#[test]
fn two_years_of_a_city_cover_everybody_keep_the_cap_and_visit_no_higher_class_less() {
    let mut city = City::founded();
    for year in [2026, 2027] {
        for month in 1..=12 {
            if month % 3 == 1 {
                city.plan(year, month);
            }
            city.visit(year, month);
            if [3, 9].contains(&month) {
                city.draw(year, month);
            }
            city.check(year, month);
            city.live(day(year, month, 28));
        }
    }
    assert!(city.enterprises[CITY..].iter().any(|one| one.open), "licences came");
    assert!(city.enterprises.iter().any(|one| !one.open), "enterprises closed");
    // Everybody who was there from the first day to the last has had a full check within the two years.
    for one in city.enterprises[..CITY].iter().filter(|one| one.open) {
        for own in one.subject.fields.iter().filter(|own| own.field.as_str() == FOOD) {
            assert!(own.covered_on.unwrap() >= day(2026, 1, 1), "{}", one.subject.uscc);
        }
    }
    let visits_and_months = city.visits.iter().zip(city.months);
    let rates: Vec<f64> =
        visits_and_months.map(|(visits, months)| f64::from(*visits) * 12.0 / f64::from(months)).collect();
    assert!(rates.is_sorted(), "visits a year by class: {rates:?}");
}
