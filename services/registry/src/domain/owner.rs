//! Which offices answer for a mark: data of its sub-kinds (R6, machine 1).

use domain::{FieldCode, OfficeCode};
use rulebook::Rulebook;

use super::{Mark, MarkContent};

/// The offices that decide about a mark, the leading one first: those of what it says; once it says nothing any more, those of what the
/// publicity system still shows of it.
///
/// A field or sub-kind that the rulebook does not know has no owner.
pub fn owners_of(mark: &Mark, book: &Rulebook) -> Vec<OfficeCode> {
    let said = if mark.content.sub_kinds.is_empty() { &mark.shown } else { &mark.content };
    owners(said, &mark.key.field, book)
}

/// The offices of a content: those that the rulebook names for its sub-kinds, in the order in which they own the field. What says
/// nothing belongs to all owners of the field.
fn owners(content: &MarkContent, field: &FieldCode, book: &Rulebook) -> Vec<OfficeCode> {
    let Some(field) = book.field(field) else { return Vec::new() };
    if content.sub_kinds.is_empty() {
        return field.owner_offices.clone();
    }
    let confirming: Vec<&OfficeCode> = content
        .sub_kinds
        .iter()
        .filter_map(|kind| book.sub_kind(kind))
        .map(|kind| &kind.confirm_office)
        .collect();
    let owning = field.owner_offices.iter().filter(|office| confirming.contains(office)).cloned();
    let mut owners: Vec<OfficeCode> = owning.collect();
    for office in confirming {
        if !owners.contains(office) {
            owners.push(office.clone());
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sub_kinds: &[&str]) -> Vec<String> {
        let content =
            MarkContent { sub_kinds: sub_kinds.iter().copied().collect(), ..MarkContent::default() };
        let food = FieldCode::parse("FOOD").unwrap();
        owners(&content, &food, &Rulebook::builtin()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn special_food_belongs_to_its_office_and_a_mixed_mark_to_both() {
        assert_eq!(of(&["OrdinaryFood"]), ["FOOD_PROD"]);
        assert_eq!(of(&["FsmpFood", "HealthFood"]), ["SAMPLING_SPECIAL_FOOD"]);
        assert_eq!(of(&["HealthFood", "OrdinaryFood"]), ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD"]);
    }

    #[test]
    fn a_mark_without_licences_belongs_to_all_owners_of_the_field() {
        assert_eq!(of(&[]), ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD"]);
    }
}
