//! Penalties in words.

use domain::Money;

use crate::Code;

/// Tag of the kinds that are a fine.
const FINE: &str = "fine";
/// Tag of the kinds that confiscate gains or goods.
const CONFISCATION: &str = "confiscation";

/// A penalty in words, for one that was told without: the labels of its kinds (codes of the set `penalty_kind`), a fine with its
/// amount, and what was confiscated in all behind the last of the kinds that confiscate.
pub fn penalty_in_words<'k>(
    kinds: impl IntoIterator<Item = &'k Code>,
    fine: Option<Money>,
    confiscated: Option<Money>,
) -> String {
    let kinds: Vec<_> = kinds.into_iter().collect();
    let last = kinds.iter().rposition(|kind| kind.has_tag(CONFISCATION));
    let in_words = kinds.iter().enumerate().map(|(at, kind)| {
        let amount = if kind.has_tag(FINE) { fine } else { confiscated.filter(|_| last == Some(at)) };
        let amount = amount.map(|money| format!("{}元", money.to_yuan())).unwrap_or_default();
        format!("{}{amount}", kind.label_zh)
    });
    in_words.collect::<Vec<_>>().join("；")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rulebook;

    #[test]
    fn a_penalty_is_told_by_its_kinds_and_amounts() {
        let (book, on) = (Rulebook::builtin(), domain::parse_date("2026-03-02").unwrap());
        let told = |kinds: &[&str], fine: i64, confiscated: i64| {
            let kinds = kinds.iter().map(|kind| book.code("penalty_kind", kind, on).unwrap());
            let money = |yuan: i64| Money::from_fen(yuan * 100).ok().filter(|money| *money != Money::ZERO);
            penalty_in_words(kinds, money(fine), money(confiscated))
        };
        assert_eq!(
            told(&["1", "3", "4", "5"], 5_000, 120),
            "警告；罚款5000.00元；没收违法所得；没收非法财物120.00元"
        );
        assert_eq!(told(&["3", "10"], 0, 0), "罚款；责令停产停业");
    }
}
