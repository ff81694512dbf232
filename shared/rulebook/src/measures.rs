//! Joint measures (联合惩戒): what follows from an entry, by which law, and who carries it out.
//!
//! A measure has a legal basis and one responsible office, or it is refused (R43, R44). One that reduces rights names, besides, the
//! article that lets it: a list that only reminds, such as the directory of abnormal operations, never yields it otherwise
//! (国办发〔2020〕49号). Nothing here is triggered by a risk class or an attention flag: those are internal and never a ground for a
//! measure.

use crate::{
    codes::Codes,
    error::{RowProblem, RulebookError},
    exchange::Exchange,
    offices::Offices,
    period::{Effective, NoOverlap},
    table,
};
use domain::OfficeCode;

pub(crate) const FILE: &str = "measures.csv";
/// Name of the notice by which receivers are told of measures, in `exchange_fields.csv`.
const NOTICE: &str = "measure";
/// Set of the systems that are told, and the tag that names the office which speaks for one.
const RECEIVERS: &str = "measure_receiver";
const OFFICE: &str = "office";
/// Tag of a trigger that only reminds.
const REMINDER: &str = "reminder";
/// Tag of a trigger that officers alone know of.
const OFFICER: &str = "officer";
/// Tags by how a trigger is known: from an entry of a list, from records, by officers alone. One must be there.
const KNOWN_BY: [&str; 3] = ["entry", "record", OFFICER];

/// A measure that an entry of one kind triggers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its code, such as `NoNotifyCommit`.
    pub code: String,
    /// Its name.
    pub label_zh: String,
    /// What triggers it: a code of the set `measure_trigger`, such as `SERIOUS`.
    pub trigger: String,
    /// Whether the trigger only reminds, and is no sanction: the directory of abnormal operations.
    pub reminder: bool,
    /// Whether nothing that the system keeps tells of its trigger: officers apply it, and no service derives or names it.
    pub by_officer: bool,
    /// Whom it is for (惩戒对象).
    pub object_zh: String,
    /// What a system that asks before it acts is told.
    pub advice: Advice,
    /// Acts that it bears on: codes of the set `check_purpose`; at least one.
    pub purposes: Vec<String>,
    /// The law it rests on, with article.
    pub basis: String,
    /// Whether it takes a right away or narrows it (减损权益或者增加义务).
    pub reduces_rights: bool,
    /// The article that lets it do so; `None` for measures of management that take nothing away.
    pub rights_basis: Option<String>,
    /// The one office that answers for carrying it out.
    pub implementer: OfficeCode,
    /// Systems that are told of it, by their names in `exchange_fields.csv`; at least one.
    pub receivers: Vec<String>,
    /// Edition of the list it stands in.
    pub edition: String,
    /// When it is in force.
    pub effective: Effective,
    /// Where the row comes from and how sure it is.
    pub source: String,
}

impl Measure {
    /// Whether the measure bears on an act.
    pub fn bears_on(&self, purpose: &str) -> bool {
        self.purposes.iter().any(|own| own == purpose)
    }

    /// Whether the law carries it: it has a basis and, where it reduces rights, cites the article that lets it. A list that is read
    /// holds no other; who derives measures asks again.
    pub fn is_founded(&self) -> bool {
        !self.basis.is_empty() && (!self.reduces_rights || self.rights_basis.is_some())
    }
}

/// What a system that asks before it acts is told, the mildest first. Never a refusal: that is for the deciding officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Advice {
    /// Nothing changes for the act.
    Normal,
    /// Review strictly.
    StrictReview,
    /// Review strictly, and not by notify-and-commit (告知承诺).
    NoNotifyAndCommit,
    /// A statutory bar stands.
    StatutoryBar,
}

impl Advice {
    fn parse(text: &str) -> Result<Self, RowProblem> {
        match text {
            "NORMAL" => Ok(Self::Normal),
            "STRICT_REVIEW" => Ok(Self::StrictReview),
            "NO_NOTIFY_AND_COMMIT" => Ok(Self::NoNotifyAndCommit),
            "STATUTORY_BAR" => Ok(Self::StatutoryBar),
            other => Err(RowProblem::Unknown { what: "advice", code: other.to_owned() }),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    label_zh: String,
    trigger: String,
    object_zh: String,
    advice: String,
    purposes: String,
    basis: String,
    rights_reduced: String,
    rights_basis: String,
    implementer: String,
    receivers: String,
    edition: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

/// Reads the list, in the order of the table. A measure may not stand twice on a day for one trigger.
pub(crate) fn read(
    text: &str,
    offices: &Offices,
    codes: &Codes,
    exchange: &Exchange,
) -> Result<Vec<Measure>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut measures = Vec::new();
    for line in table::read::<Row>(FILE, text)? {
        let measure = measure(&line.row, offices, codes, exchange).map_err(|problem| line.refuse(problem))?;
        let key = format!("{} {}", measure.code, measure.trigger);
        no_overlap.take(FILE, line.number, &key, measure.effective)?;
        measures.push(measure);
    }
    Ok(measures)
}

fn measure(row: &Row, offices: &Offices, codes: &Codes, exchange: &Exchange) -> Result<Measure, RowProblem> {
    let known = |set, what, code: &str| match codes.contains(set, code) {
        true => Ok(code.to_owned()),
        false => Err(RowProblem::Unknown { what, code: code.to_owned() }),
    };
    let told = |receiver: &str| {
        if !exchange.tells(receiver, NOTICE) {
            return Err(RowProblem::Unknown { what: "receiver of measures", code: receiver.to_owned() });
        }
        // One that the set does not name, as in rulebooks that were stored before it, has no office of its own.
        let own = codes.of(RECEIVERS).filter(|code| code.code == receiver);
        for office in own.filter_map(|code| code.tag_value(OFFICE)) {
            offices.known(office)?;
        }
        Ok(receiver.to_owned())
    };
    let advice = Advice::parse(&row.advice)?;
    let (reduces_rights, rights_basis) = rights(row, advice)?;
    let trigger = known("measure_trigger", "trigger", &row.trigger)?;
    let is = |tag: &str| codes.of("measure_trigger").any(|code| code.code == trigger && code.has_tag(tag));
    if !KNOWN_BY.iter().any(|tag| is(tag)) {
        return Err(RowProblem::Form(format!("nothing says how the trigger `{trigger}` is known")));
    }
    let (reminder, by_officer) = (is(REMINDER), is(OFFICER));
    Ok(Measure {
        code: table::required("code", row.code.clone())?,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        reminder,
        by_officer,
        trigger,
        object_zh: table::required("object_zh", row.object_zh.clone())?,
        advice,
        purposes: at_least_one("purposes", &row.purposes, |purpose| {
            known("check_purpose", "purpose", purpose)
        })?,
        basis: table::required("basis", row.basis.clone())?,
        reduces_rights,
        rights_basis,
        implementer: offices.known(&row.implementer)?,
        receivers: at_least_one("receivers", &row.receivers, told)?,
        edition: table::required("edition", row.edition.clone())?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

fn at_least_one(
    column: &'static str,
    cell: &str,
    known: impl Fn(&str) -> Result<String, RowProblem>,
) -> Result<Vec<String>, RowProblem> {
    let parts: Vec<String> = table::list(cell).map(known).collect::<Result<_, _>>()?;
    if parts.is_empty() { Err(RowProblem::Empty(column)) } else { Ok(parts) }
}

/// Whether the row reduces rights, and by which article. A statutory bar always does.
fn rights(row: &Row, advice: Advice) -> Result<(bool, Option<String>), RowProblem> {
    let reduces = match row.rights_reduced.as_str() {
        "yes" => true,
        "no" => false,
        other => return Err(RowProblem::Unknown { what: "answer (yes, no)", code: other.to_owned() }),
    };
    match (reduces, row.rights_basis.as_str()) {
        (true, "") => Err(RowProblem::Empty("rights_basis")),
        (true, basis) if !names_article(basis) => {
            Err(RowProblem::Form(format!("`rights_basis` names no article: `{basis}`")))
        }
        (true, basis) => Ok((true, Some(basis.to_owned()))),
        (false, _) if advice == Advice::StatutoryBar => {
            Err(RowProblem::Form("`rights_reduced` is `no`, but a statutory bar reduces rights".to_owned()))
        }
        (false, "") => Ok((false, None)),
        (false, _) => {
            Err(RowProblem::Form("`rights_basis` is given, but `rights_reduced` is `no`".to_owned()))
        }
    }
}

/// Whether a basis says which article of its law it means: `art 18`, `arts 28 and 30`, `第十八条`.
fn names_article(basis: &str) -> bool {
    let english = basis.split_whitespace().zip(basis.split_whitespace().skip(1)).any(|(word, number)| {
        matches!(word, "art" | "arts") && number.starts_with(|first: char| first.is_ascii_digit())
    });
    english || basis.find('第').is_some_and(|from| basis[from..].contains('条'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "code,label_zh,trigger,object_zh,advice,purposes,basis,rights_reduced,rights_basis,implementer,receivers,\
        edition,effective_from,effective_to,source\n";
    /// Columns of a row that is taken, in the order of the header.
    const GOOD: [&str; 15] = [
        "X",
        "名",
        "ABNORMAL",
        "企业",
        "STRICT_REVIEW",
        "PERMIT",
        "law",
        "yes",
        "law art 18",
        "LEGAL",
        "approval",
        "2024",
        "2021-09-01",
        "",
        "x",
    ];

    /// Reads a list of one row: the good one, with these columns changed.
    fn list(changed: &[(&str, &str)]) -> Result<Vec<Measure>, RulebookError> {
        list_by(include_str!("../data/codes.csv"), changed)
    }

    /// The same, by other codes.
    fn list_by(codes: &str, changed: &[(&str, &str)]) -> Result<Vec<Measure>, RulebookError> {
        let offices =
            Offices::read(include_str!("../data/offices.csv"), include_str!("../data/permissions.csv"))
                .unwrap();
        let codes = Codes::read(codes).unwrap();
        let exchange = Exchange::read(
            include_str!("../data/exchange_fields.csv"),
            include_str!("../data/exchange_codes.csv"),
            &codes,
        );
        let cell = |(at, name): (usize, &str)| {
            changed
                .iter()
                .find(|(column, _)| *column == name)
                .map_or(GOOD[at], |(_, value)| *value)
                .to_owned()
        };
        let row: Vec<_> = HEADER.trim().split(',').enumerate().map(cell).collect();
        read(&format!("{HEADER}{}\n", row.join(",")), &offices, &codes, &exchange.unwrap())
    }

    fn refused(changed: &[(&str, &str)]) -> String {
        list(changed).unwrap_err().to_string()
    }

    #[test]
    fn an_item_without_a_field_that_it_needs_is_refused_with_line_and_field() {
        assert!(list(&[]).unwrap()[0].is_founded());
        for field in ["code", "label_zh", "object_zh", "purposes", "basis", "receivers", "edition", "source"]
        {
            assert_eq!(refused(&[(field, "")]), format!("measures.csv, line 2: `{field}` is empty"));
        }
        assert_eq!(refused(&[("implementer", "")]), "measures.csv, line 2: no table has the office ``");
    }

    #[test]
    fn a_risk_class_or_flag_is_no_trigger() {
        for trigger in ["RISK_CLASS", "ATTENTION"] {
            let refused = refused(&[("trigger", trigger)]);
            assert_eq!(refused, format!("measures.csv, line 2: no table has the trigger `{trigger}`"));
        }
    }

    #[test]
    fn an_item_whose_trigger_nobody_knows_of_is_refused() {
        let codes = include_str!("../data/codes.csv")
            .replace("列入经营异常名录,entry|reminder,", "列入经营异常名录,reminder,");
        let refused = list_by(&codes, &[]).unwrap_err().to_string();
        assert_eq!(refused, "measures.csv, line 2: nothing says how the trigger `ABNORMAL` is known");
        assert!(list(&[("trigger", "PERMIT_FRAUD")]).unwrap()[0].by_officer);
        assert!(!list(&[("trigger", "PENALTIES_IN_YEAR")]).unwrap()[0].by_officer);
    }

    #[test]
    fn unknown_purposes_advice_and_receivers_are_refused() {
        assert!(refused(&[("advice", "REFUSE")]).contains("advice `REFUSE`"));
        assert!(refused(&[("purposes", "LUNCH")]).contains("purpose `LUNCH`"));
        // The publicity system is told of marks, and of no measure.
        for receiver in ["nobody", "publicity"] {
            assert!(
                refused(&[("receivers", receiver)]).contains(&format!("receiver of measures `{receiver}`"))
            );
        }
    }

    #[test]
    fn a_receiver_that_an_unknown_office_speaks_for_is_refused() {
        let by = |from: &str, to: &str| list_by(&include_str!("../data/codes.csv").replace(from, to), &[]);
        let unknown = by("office:APPROVAL", "office:NOBODY").unwrap_err().to_string();
        assert_eq!(unknown, "measures.csv, line 2: no table has the office `NOBODY`");
        assert!(
            by("measure_receiver,approval,", "another_set,approval,").is_ok(),
            "as before there was a set"
        );
    }

    #[test]
    fn what_reduces_rights_cites_the_article_that_lets_it() {
        let line = "measures.csv, line 2: ";
        assert_eq!(refused(&[("rights_basis", "")]), format!("{line}`rights_basis` is empty"));
        for basis in ["some law", "art of law", "条例"] {
            assert_eq!(
                refused(&[("rights_basis", basis)]),
                format!("{line}`rights_basis` names no article: `{basis}`")
            );
        }
        for basis in ["law art 18", "law arts 28 and 30", "企业信息公示暂行条例第十八条"] {
            assert!(list(&[("rights_basis", basis)]).is_ok(), "{basis}");
        }
    }

    #[test]
    fn what_reduces_rights_cannot_be_passed_off_as_management() {
        let plain = [("rights_reduced", "no"), ("rights_basis", "")];
        assert!(list(&plain).is_ok());
        let bar = [plain[0], plain[1], ("advice", "STATUTORY_BAR")];
        assert!(refused(&bar).contains("a statutory bar reduces rights"));
        assert!(refused(&plain[..1]).contains("`rights_basis` is given"));
        assert!(refused(&[("rights_reduced", "maybe")]).contains("answer (yes, no) `maybe`"));
    }
}
