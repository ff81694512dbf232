//! What the source of a figure looks like: a document that can be looked up, what it was counted from, or the word that it is the
//! city's own.

use domain::parse_date;

/// What a figure says of itself that no document sets.
const LOCAL: &str = "local parameter";
/// How a figure begins to say what it was counted from: the past of a city, as docs/backtest.md has it.
const COUNTED: &str = "counted: ";
/// How the title of a law ends, before its article.
const LAWS: [&str; 4] = ["法", "条例", "办法", "规定"];
/// Characters of the shortest title that stands with its year.
const SHORTEST_TITLE: usize = 4;

/// Whether `text` names a document, says what its figure was counted from (`counted: …`), or that it is `local parameter`. A document is its number (`国市监信发〔2022〕6号`), an order or
/// a law with the article (`order 57 art 16`, `食品安全法 art 134`), a title with its year (`山东省信用风险分类办法 2020`), a notice with
/// its day (`notice of 2021-09-27`) or a standard (`GB 32100-2015`).
#[must_use]
pub fn names_a_source(text: &str) -> bool {
    text.contains(LOCAL)
        || text.strip_prefix(COUNTED).is_some_and(|from| !from.trim().is_empty())
        || document_number(text)
        || article(text)
        || dated_title(text)
        || dated_notice(text)
        || standard(text)
}

/// As [`names_a_source`], told to the author of a model.
pub(in crate::domain) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if names_a_source(text) {
        return Ok(());
    }
    Err(format!(
        "`{text}` names no document; expected its number, an order or a law with its article, a title with its year, a notice with \
         its day, a standard, `{COUNTED}…`, or `{LOCAL}`"
    ))
}

fn document_number(text: &str) -> bool {
    text.split('〔').skip(1).any(|behind| {
        let Some((year, behind)) = behind.split_once('〕') else { return false };
        let digits = leading_digits(behind);
        is_year(year) && digits > 0 && behind[digits..].starts_with('号')
    })
}

fn article(text: &str) -> bool {
    let named = |(at, word): (usize, &str)| {
        let (before, behind) = (&text[..at], &text[at + word.len()..]);
        leading_digits(behind) > 0 && (is_order(before) || LAWS.iter().any(|law| before.ends_with(law)))
    };
    text.match_indices(" art ").chain(text.match_indices(" arts ")).any(named)
}

fn is_order(text: &str) -> bool {
    text.rsplit_once(' ').is_some_and(|(words, number)| {
        words.ends_with("order") && !number.is_empty() && leading_digits(number) == number.len()
    })
}

fn dated_title(text: &str) -> bool {
    text.match_indices(' ').any(|(at, _)| {
        let title = text[..at].chars().rev().take_while(|sign| ('\u{4e00}'..='\u{9fff}').contains(sign));
        let behind = text[at + 1..].trim_start_matches('(');
        title.count() >= SHORTEST_TITLE && leading_digits(behind) == 4 && behind.get(..4).is_some_and(is_year)
    })
}

fn dated_notice(text: &str) -> bool {
    text.split("notice of ").skip(1).any(|behind| behind.get(..10).is_some_and(|day| parse_date(day).is_ok()))
}

fn standard(text: &str) -> bool {
    let words: Vec<_> = text.split_whitespace().collect();
    let is_mark = |word: &str| {
        let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'/';
        word.len() >= 2
            && word.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
            && word.bytes().all(fits)
    };
    words.windows(2).any(|pair| is_mark(pair[0]) && leading_digits(pair[1]) > 0)
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && leading_digits(text) == 4 && (text.starts_with("19") || text.starts_with("20"))
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_can_be_looked_up_is_a_source_and_a_rumour_is_none() {
        for source in [
            "食药监食监一〔2016〕115号 (lowering)",
            "order 57 art 16 (key units)",
            "order 57 arts 9, 16",
            "食品安全法 art 134",
            "山东省社会信用条例 art 38 (five years)",
            "山东省信用风险分类办法 2020 (direct to E)",
            "海南省保健食品生产企业风险分级 (2018), its least total",
            "notice of 2021-09-27, part 2 (3) 1 (3)",
            "DB14/T 2245-2020",
            "counted: weight of evidence among the visits of 2011-09-02 to 2014-09-01",
            "12345 tickets count once substantiated; local parameter",
        ] {
            assert!(names_a_source(source), "{source}");
        }
        for rumour in [
            "",
            "somebody said",
            "order 57",
            "in order to 2020",
            "〔2016〕",
            "文〔16〕115号",
            "办法 art",
            "省里的 2020",
            "notice of last year",
            "12345 tickets count once substantiated",
            "see order form art 3",
            "counted: ",
        ] {
            assert!(!names_a_source(rumour), "{rumour}");
        }
    }
}
