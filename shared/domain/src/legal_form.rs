//! Legal forms at the end of Chinese names: what most who speak of a party leave out. Linguistic data, not law: no decision
//! rests on a word here.

/// Legal forms, longer ones first.
const HAN_FORMS: &[&str] = &[
    "股份有限责任公司",
    "集团股份有限公司",
    "集团有限责任公司",
    "农民专业合作社",
    "集团有限公司",
    "有限责任公司",
    "股份有限公司",
    "专业合作社",
    "个体工商户",
    "集团公司",
    "有限公司",
    "总公司",
    "分公司",
    "合作社",
    "经营部",
    "加工厂",
    "总厂",
    "公司",
    "集团",
    "商行",
    "分厂",
    "厂",
    "店",
    "社",
];

/// Characters of the longest legal form.
pub const LONGEST_LEGAL_FORM: usize = 8;

/// A comparison key without the legal form at its end; as it is when it has none.
pub fn without_legal_form(key: &str) -> &str {
    HAN_FORMS.iter().find_map(|form| key.strip_suffix(form)).unwrap_or(key)
}

/// A comparison key without the form of a company at its end, such as 有限责任公司; as it is when it has none. The name of a
/// branch keeps its 分公司: it is another party than the company.
pub fn without_company_form(key: &str) -> &str {
    let form = HAN_FORMS.iter().find(|form| key.ends_with(**form));
    match form {
        Some(form) if form.ends_with("公司") && *form != "分公司" => &key[..key.len() - form.len()],
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_is_longer_than_the_longest_and_none_hides_a_longer_one() {
        let lengths: Vec<usize> = HAN_FORMS.iter().map(|form| form.chars().count()).collect();
        assert_eq!(lengths.first(), Some(&LONGEST_LEGAL_FORM));
        assert!(lengths.is_sorted_by(|longer, shorter| longer >= shorter));
    }

    #[test]
    fn the_longest_form_is_left_out() {
        assert_eq!(without_legal_form("济南泉福食品有限责任公司"), "济南泉福食品");
        assert_eq!(without_legal_form("济南泉福食品集团股份有限公司"), "济南泉福食品");
        assert_eq!(without_legal_form("济南泉福食品厂"), "济南泉福食品");
        assert_eq!(without_legal_form("泉福食品"), "泉福食品");
    }

    #[test]
    fn a_company_form_goes_and_a_branch_a_shop_or_a_works_stays_what_it_is() {
        assert_eq!(without_company_form("济南泉福食品有限公司"), "济南泉福食品");
        for stays in ["济南泉福食品有限公司历下分公司", "济南泉福食品厂", "泉福烘焙店", "泉福"]
        {
            assert_eq!(without_company_form(stays), stays);
        }
    }
}
