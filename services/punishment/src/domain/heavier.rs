//! The second and third part of the listing test: the ground, and whether the penalty is a heavier one (order 44 art 2).

use chrono::NaiveDate;
use domain::FieldCode;
use rulebook::Rulebook;

/// Tag of a ground that is of one field alone.
const FIELD: &str = "field";
/// Tag of the ground that arises after the decision which is not performed.
const AFTER_PENALTY: &str = "after_penalty";

/// Why a penalty cannot lead to the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotListable {
    /// No such ground on the day.
    #[error("`{ground}` is not a ground of the list of serious violators on {on}")]
    GroundUnknown {
        /// The code given.
        ground: String,
        /// The day.
        on: NaiveDate,
    },
    /// The ground is of another field, and another line office knows it.
    #[error("`{ground}` is a ground of the field {of}, not of {field}")]
    OtherField {
        /// The code given.
        ground: String,
        /// The field of the breach.
        field: FieldCode,
        /// The field of the ground.
        of: String,
    },
    /// The penalty is not a heavier one.
    #[error(
        "a penalty of kinds {kinds} and grade `{grade}` is not a heavier penalty: it needs a fine of the heavier grade, or a \
         kind that counts by itself"
    )]
    NotHeavier {
        /// Kinds given.
        kinds: String,
        /// Grade given.
        grade: String,
    },
}

/// Whether the penalty is a heavier one: one of its kinds counts by itself, or it is a fine of the heavier grade. A large
/// fine of the ordinary grade is not; a small one of the heavier grade is. Which kinds and grades count is data.
pub fn is_heavier(book: &Rulebook, kinds: &[String], grade: &str, on: NaiveDate) -> bool {
    let tagged =
        |kind: &String, tag: &str| book.code("penalty_kind", kind, on).is_some_and(|code| code.has_tag(tag));
    let heavier_grade = book.code("discretion_grade", grade, on).is_some_and(|code| code.has_tag("heavier"));
    kinds.iter().any(|kind| tagged(kind, "heavier") || (heavier_grade && tagged(kind, "fine")))
}

/// The part of the test that can be computed: ground and heavier penalty. Weighing the case stays with the officer. A ground of one
/// field is none in another; where no `field` is given, any may be meant.
///
/// # Errors
/// [`NotListable`] says which part fails.
pub fn test(
    book: &Rulebook,
    ground: &str,
    (kinds, grade): (&[String], &str),
    field: Option<&FieldCode>,
    on: NaiveDate,
) -> Result<(), NotListable> {
    let code = book
        .code("serious_ground", ground, on)
        .ok_or_else(|| NotListable::GroundUnknown { ground: ground.to_owned(), on })?;
    if let (Some(of), Some(field)) = (code.tag_value(FIELD), field)
        && of != field.as_str()
    {
        return Err(NotListable::OtherField {
            ground: ground.to_owned(),
            field: field.clone(),
            of: of.to_owned(),
        });
    }
    if code.has_tag("no_heavier_penalty_needed") || is_heavier(book, kinds, grade, on) {
        return Ok(());
    }
    Err(NotListable::NotHeavier { kinds: kinds.join(", "), grade: grade.to_owned() })
}

/// Whether a ground arises only once the penalty is decided and not performed (order 44 art 11): the listing is a decision of its own then,
/// and never goes with that of the penalty.
pub fn arises_later(book: &Rulebook, ground: &str, on: NaiveDate) -> bool {
    book.code("serious_ground", ground, on).is_some_and(|ground| ground.has_tag(AFTER_PENALTY))
}

/// Whether a penalty forbids something for a time, such as doing business (order 45 art 13).
pub fn restricts(book: &Rulebook, kinds: &[String], on: NaiveDate) -> bool {
    let class = |kind: &String| book.code("penalty_class", kind, on);
    kinds.iter().filter_map(class).any(|code| code.has_tag("restriction"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tested(ground: &str, kinds: &[&str], grade: &str, on: &str) -> Result<(), NotListable> {
        let kinds: Vec<_> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        test(&Rulebook::builtin(), ground, (&kinds, grade), None, domain::parse_date(on).unwrap())
    }

    #[test]
    fn a_fine_counts_only_in_the_heavier_grade() {
        assert!(tested("F1", &["3"], "Heavier", "2023-01-01").is_ok());
        for grade in ["Ordinary", "Lenient", "Mitigated", ""] {
            assert!(
                matches!(tested("F1", &["3"], grade, "2023-01-01"), Err(NotListable::NotHeavier { .. })),
                "{grade}"
            );
        }
    }

    #[test]
    fn kinds_that_restrict_a_business_count_by_themselves() {
        for kind in ["7", "8", "9", "10", "11", "12"] {
            assert!(tested("Q1", &[kind], "", "2023-01-01").is_ok(), "{kind}");
        }
        for kind in ["1", "2", "4", "5"] {
            assert!(tested("Q1", &[kind], "Heavier", "2023-01-01").is_err(), "{kind}");
        }
    }

    #[test]
    fn refusing_to_perform_needs_no_heavier_penalty() {
        assert!(tested("N1", &["1"], "", "2023-01-01").is_ok());
    }

    #[test]
    fn of_all_grounds_only_that_of_refusing_to_perform_arises_after_the_penalty() {
        let (book, on) = (Rulebook::builtin(), domain::parse_date("2023-01-01").unwrap());
        let grounds = book.codes("serious_ground", on).map(|ground| ground.code.as_str());
        let later: Vec<_> = grounds.filter(|ground| arises_later(&book, ground, on)).collect();
        assert_eq!(later, ["N1"]);
    }

    #[test]
    fn a_ground_of_one_field_is_none_in_another_and_one_of_no_field_is_one_in_each() {
        let kinds = ["8".to_owned()];
        let in_field = |ground: &str, field: &str| {
            let (field, on) = (FieldCode::parse(field).unwrap(), domain::parse_date("2023-01-01").unwrap());
            test(&Rulebook::builtin(), ground, (&kinds, ""), Some(&field), on)
        };
        assert!(in_field("F1", "FOOD").is_ok() && in_field("Q1", "SE").is_ok());
        assert!(in_field("O3", "FOOD").is_ok() && in_field("O3", "SE").is_ok());
        for (ground, field) in [("F1", "SE"), ("Q1", "FOOD")] {
            let refused = in_field(ground, field);
            assert!(matches!(refused, Err(NotListable::OtherField { .. })), "{ground} {field}: {refused:?}");
        }
    }

    #[test]
    fn grounds_of_order_44_are_unknown_the_day_before_it_came_into_force() {
        assert!(tested("F1", &["8"], "", "2021-09-01").is_ok());
        assert!(matches!(tested("F1", &["8"], "", "2021-08-31"), Err(NotListable::GroundUnknown { .. })));
    }
}
