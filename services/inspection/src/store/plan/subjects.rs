//! What a plan rests on: who carries a mark, in which class, and what was inspected.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use db::{Tx, on};
use domain::{FieldCode, Uscc};
use rulebook::Rulebook;
use service::Error as Common;

use crate::domain::plan::{FieldOf, JointVisit, Month, PlanItem, PlanRules, PlanSubject};
use crate::domain::repeat::{CheckOfOthers, RepeatRules};
use crate::domain::strata::SCHEME;
use crate::domain::visit::RESULT_SET;
use crate::store::pool::NOT_CHECKABLE;

/// Tags of results under which nothing was inspected.
const NOT_INSPECTED: [&str; 3] = [NOT_CHECKABLE, "no_activity", "unreachable"];

#[derive(sqlx::FromRow)]
struct MarkRow {
    uscc: String,
    field: String,
    registration_state: String,
    scheme: Option<String>,
    code: Option<String>,
}

#[derive(sqlx::FromRow)]
struct VisitRow {
    uscc: String,
    field: String,
    result: String,
    visited_on: Option<NaiveDate>,
    /// Whether an approved result stands.
    stands: bool,
    full_check: bool,
    clue_led: bool,
    /// The task whose visit it is: that which it joins, or its own.
    of_task: String,
}

/// What is known of the visits to an enterprise in one field.
#[derive(Default)]
struct Seen {
    covered_on: Option<NaiveDate>,
    visited: Vec<Month>,
    full_check_stands: bool,
}

/// What was visited, and what will be.
#[derive(Default)]
struct Visited {
    /// By enterprise and field.
    seen: HashMap<(String, String), Seen>,
    /// By enterprise and task: those that join another belong to it.
    joint: HashMap<(String, String), JointVisit>,
}

impl Visited {
    fn joint(&mut self, uscc: &str, of_task: String) -> &mut JointVisit {
        self.joint.entry((uscc.to_owned(), of_task)).or_default()
    }

    /// Visits that use up the annual cap, by enterprise.
    fn counted(&self) -> HashMap<&str, u32> {
        let mut counted = HashMap::new();
        for ((uscc, _), visit) in &self.joint {
            *counted.entry(uscc.as_str()).or_default() += visit.counted();
        }
        counted
    }
}

/// Every enterprise that the plan of a year is for, in the order of the credit codes.
pub(in crate::store) async fn read(
    tx: &mut Tx,
    book: &Rulebook,
    rules: &PlanRules,
    today: NaiveDate,
) -> Result<Vec<PlanSubject>, Common> {
    const SQL: &str = "
        SELECT m.uscc, m.field, s.registration_state, c.scheme,
            CASE WHEN c.override_until < $1 THEN c.computed_code ELSE c.code END AS code
        FROM subject_mark m
        JOIN subject s ON s.uscc = m.uscc
        LEFT JOIN subject_class c ON c.field = m.field AND c.uscc = m.uscc
        WHERE m.in_force
        ORDER BY m.uscc, m.field";
    let rows: Vec<MarkRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(today).fetch_all(conn).await)?;
    let mut visited = visited(tx, book, rules).await?;
    add_standing(tx, rules, &mut visited).await?;
    let counted = visited.counted();
    let others = others(tx, book, (rules, today)).await?;
    let closed: Vec<&str> = book
        .codes("registration_state", today)
        .filter(|code| code.has_tag(NOT_CHECKABLE))
        .map(|code| code.code.as_str())
        .collect();
    let mut subjects: Vec<PlanSubject> = Vec::new();
    for row in rows.into_iter().filter(|row| !closed.contains(&row.registration_state.as_str())) {
        let of = |problem: String| Common::corrupt(format!("mark of {}: {problem}", row.uscc));
        let uscc = Uscc::parse(&row.uscc).map_err(|problem| of(problem.to_string()))?;
        let field = FieldCode::parse(&row.field).map_err(|problem| of(problem.to_string()))?;
        if subjects.last().is_none_or(|last| last.uscc != uscc) {
            let own = counted.get(row.uscc.as_str()).copied().unwrap_or(0);
            let other_checks = own + others.get(&row.uscc).map_or(0, |others| others.counted);
            subjects.push(PlanSubject { uscc, fields: Vec::new(), other_checks });
        }
        let Some(subject) = subjects.last_mut() else { continue };
        let superior = others.get(&row.uscc).and_then(|others| others.superior.get(&row.field));
        let superior_on = superior.copied();
        let replaced = others.get(&row.uscc).is_some_and(|others| others.replaced.contains(&row.field));
        let known = visited.seen.get(&(row.uscc, row.field));
        subject.fields.push(FieldOf {
            field,
            class: row.code.filter(|_| row.scheme.as_deref() == Some(SCHEME)),
            covered_on: known.and_then(|seen| seen.covered_on),
            superior_on,
            // A check after the licence takes the place of every visit by class of its year.
            visited: match replaced {
                true => (1..=12).collect(),
                false => known.map(|seen| seen.visited.clone()).unwrap_or_default(),
            },
            full_check_stands: known.is_some_and(|seen| seen.full_check_stands),
        });
    }
    Ok(subjects)
}

/// What was inspected. A visit that is drawn and not made yet counts for the cap: it will be made; those of a plan come with what stands.
/// One that follows a clue uses up no cap (国办发〔2024〕54号), and takes the place of no visit by class: a complaint shall not have anybody
/// inspected less. What checked the whole catalogue is a full check, whatever led there.
async fn visited(tx: &mut Tx, book: &Rulebook, rules: &PlanRules) -> Result<Visited, Common> {
    const SQL: &str = "
        SELECT v.uscc, v.field, v.result, v.visited_on, v.settled AND v.withdrawn_on IS NULL AS stands, t.full_check, v.clue_led,
            CASE WHEN t.joins = '' THEN t.name ELSE t.joins END AS of_task
        FROM visit v
        JOIN task t ON t.name = v.task
        WHERE (v.visited_on IS NULL AND t.plan_item = '' AND NOT v.clue_led) OR v.visited_on >= $1 OR (t.full_check AND v.settled)
        ORDER BY v.visited_on NULLS LAST, v.task, v.uscc";
    let first = NaiveDate::from_ymd_opt(rules.year, 1, 1)
        .ok_or_else(|| Common::corrupt(format!("the year {}", rules.year)))?;
    let rows: Vec<VisitRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(first).fetch_all(conn).await)?;
    let mut all = Visited::default();
    for row in rows {
        let field = FieldCode::parse(&row.field).map_err(|problem| Common::corrupt(problem.to_string()))?;
        let Some(on) = row.visited_on else {
            all.joint(&row.uscc, row.of_task).awaits();
            continue;
        };
        let seen = all.seen.entry((row.uscc.clone(), row.field)).or_default();
        let inspected = |code: &rulebook::Code| NOT_INSPECTED.iter().all(|tag| !code.has_tag(tag));
        let is_full =
            row.full_check && row.stands && book.code(RESULT_SET, &row.result, on).is_some_and(inspected);
        let covered_on = seen.covered_on;
        if is_full {
            seen.covered_on = Some(on);
        }
        if on.year() == rules.year && (is_full || !row.clue_led) {
            seen.visited.push(on.month());
            // A full check whose term ended by this year is the one that the law asks for.
            let due = covered_on.and_then(|day| rules.covered_until(&field, day));
            let asked_for =
                rules.full_check_years.contains_key(&field) && due.is_none_or(|(year, _)| year <= rules.year);
            let by_law = is_full && asked_for;
            if !by_law && !row.clue_led {
                all.joint(&row.uscc, row.of_task).came(on);
            }
        }
    }
    Ok(all)
}

/// Adds the visits of the year that stand in tasks of a plan and are still to be made.
async fn add_standing(tx: &mut Tx, rules: &PlanRules, all: &mut Visited) -> Result<(), Common> {
    // Who had left the pool when it was frozen is not visited: a drawn task has a visit for everybody else.
    const SQL: &str = "
        SELECT g.uscc, t.field, t.plan_item, CASE WHEN t.joins = '' THEN t.name ELSE t.joins END AS of_task
        FROM task_target g
        JOIN task t ON t.name = g.task
        LEFT JOIN visit v ON v.task = g.task AND v.uscc = g.uscc
        WHERE v.visited_on IS NULL AND t.state <> 'Closed' AND t.plan_item <> ''
            AND (t.result_hash = '' OR v.uscc IS NOT NULL)";
    let rows: Vec<(String, String, String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await)?;
    for (uscc, field, item, of_task) in rows {
        let item = PlanItem::parse(&item).map_err(|problem| Common::corrupt(problem.to_string()))?;
        if item.plan.year() != rules.year {
            continue;
        }
        let is_full = item.full_check.iter().any(|full| full.as_str() == field);
        if !item.is_asked_by_law() {
            all.joint(&uscc, of_task).awaits();
        }
        let seen = all.seen.entry((uscc, field)).or_default();
        seen.visited.push(item.month);
        seen.full_check_stands |= is_full;
    }
    Ok(())
}

/// What is known of the checks of others of an enterprise.
#[derive(Default)]
struct Others {
    /// In the year of the plan.
    counted: u32,
    /// The last one by a higher body in each field.
    superior: BTreeMap<String, NaiveDate>,
    /// The fields in which one after the licence takes the place of the regular ones of the year.
    replaced: BTreeSet<String>,
}

/// Checks of others of the year, and those of higher bodies of the year before, which may reach into it.
async fn others(
    tx: &mut Tx,
    book: &Rulebook,
    (rules, today): (&PlanRules, NaiveDate),
) -> Result<HashMap<String, Others>, Common> {
    const SQL: &str = "
        SELECT uscc, field, checked_on, superior, mode FROM other_check
        WHERE checked_on >= $1
        ORDER BY checked_on, record";
    let first = NaiveDate::from_ymd_opt(rules.year - 1, 1, 1)
        .ok_or_else(|| Common::corrupt(format!("the year {}", rules.year)))?;
    let rows: Vec<(String, String, NaiveDate, bool, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(first).fetch_all(conn).await)?;
    let mut replacing = BTreeMap::new();
    for field in book.fields() {
        replacing.insert(field.code.as_str(), RepeatRules::on(book, &field.code, today)?);
    }
    let mut all: HashMap<String, Others> = HashMap::new();
    for (uscc, field, on, superior, mode) in rows {
        let check = CheckOfOthers { on, superior, mode: &mode };
        let others = all.entry(uscc).or_default();
        others.counted += u32::from(on.year() == rules.year && check.counts(book));
        if on.year() == rules.year
            && replacing.get(field.as_str()).is_some_and(|rules| rules.replaces(&check))
        {
            others.replaced.insert(field.clone());
        }
        if superior {
            others.superior.insert(field, on);
        }
    }
    Ok(all)
}
