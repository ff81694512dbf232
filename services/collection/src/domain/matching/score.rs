//! The score of one candidate, and why it has it.

use domain::DivisionCode;

use super::address;
use super::fold::Name;
use super::similarity::similarity;

/// Part of what is missing to certainty that the same division, or the same place, adds.
const DIVISION_ADDS: f32 = 0.2;
/// See [`DIVISION_ADDS`].
const PLACE_ADDS: f32 = 0.3;
/// Part of the score that another division takes away.
const DIVISION_TAKES: f32 = 0.1;
/// From here on places are the same; below half of it they speak against it.
const SAME_PLACE: f32 = 0.6;
/// Below this a name is not said to be like another.
const WORTH_SAYING: f32 = 0.3;

/// What is known of the party that is sought.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Name as somebody wrote it down.
    pub name: String,
    /// Place as somebody wrote it down; empty when not known.
    pub place: String,
    /// Division of the event or of the producing unit.
    pub division: Option<DivisionCode>,
}

/// What speaks for or against a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReasonKind {
    /// The names are the same, spelling aside.
    NameSame,
    /// The names are alike.
    NameAlike,
    /// The division is the same, or one lies within the other.
    DivisionSame,
    /// The division is another one.
    DivisionOther,
    /// The place is the same.
    PlaceSame,
}

/// One reason of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What it is.
    pub kind: ReasonKind,
    /// What it adds to the score, in thousandths; below 0 when it speaks against the candidate.
    pub points: i32,
}

impl ReasonKind {
    /// The code in the contract and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NameSame => "NAME_SAME",
            Self::NameAlike => "NAME_ALIKE",
            Self::DivisionSame => "DIVISION_SAME",
            Self::DivisionOther => "DIVISION_OTHER",
            Self::PlaceSame => "PLACE_SAME",
        }
    }

    /// The reason of a code.
    pub fn parse(code: &str) -> Option<Self> {
        let all = [Self::NameSame, Self::NameAlike, Self::DivisionSame, Self::DivisionOther, Self::PlaceSame];
        all.into_iter().find(|kind| kind.as_str() == code)
    }

    /// What officers read.
    pub fn text_zh(self) -> &'static str {
        match self {
            Self::NameSame => "名称相同(不计书写差异)",
            Self::NameAlike => "名称相近",
            Self::DivisionSame => "所在区划一致",
            Self::DivisionOther => "所在区划不同",
            Self::PlaceSame => "地址一致",
        }
    }
}

/// What came of weighing a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// From 0 to 1000; the sum of the points of the reasons.
    pub score: i32,
    /// Why, the name first.
    pub reasons: Vec<Reason>,
}

/// Weighs a party of this name, address and division against what is sought.
pub fn judge(sought: &Sought, name: &str, address: &str, division: &DivisionCode) -> Judgement {
    weigh(sought, similarity(&Name::of(&sought.name), &Name::of(name)), address, division)
}

/// Weighs what the similarity of the names, the place and the division say together.
pub(super) fn weigh(sought: &Sought, alike: f32, address: &str, division: &DivisionCode) -> Judgement {
    let mut reasons = Vec::new();
    let mut score = 0.0;
    let mut say = |kind, part: f32, score: &mut f32| {
        let before = thousandths(*score);
        *score = (*score + part).clamp(0.0, 1.0);
        reasons.push(Reason { kind, points: thousandths(*score) - before });
    };
    if alike >= 1.0 {
        say(ReasonKind::NameSame, 1.0, &mut score);
    } else if alike >= WORTH_SAYING {
        say(ReasonKind::NameAlike, alike, &mut score);
    }
    if let Some(sought) = &sought.division {
        if sought.covers(division) || division.covers(sought) {
            let missing = 1.0 - score;
            say(ReasonKind::DivisionSame, missing * DIVISION_ADDS * alike, &mut score);
        } else {
            let taken = score * DIVISION_TAKES;
            say(ReasonKind::DivisionOther, -taken, &mut score);
        }
    }
    if address::similarity(&sought.place, address).is_some_and(|same| same >= SAME_PLACE) {
        let missing = 1.0 - score;
        say(ReasonKind::PlaceSame, missing * PLACE_ADDS, &mut score);
    }
    Judgement { score: thousandths(score), reasons }
}

fn thousandths(part: f32) -> i32 {
    (part * 1_000.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "济南泉福食品有限公司";
    const ADDRESS: &str = "济南市历下区泺源大街100号";

    fn judged(name: &str, place: &str, division: &str) -> Judgement {
        let division = (!division.is_empty()).then(|| DivisionCode::parse(division).unwrap());
        let sought = Sought { name: name.to_owned(), place: place.to_owned(), division };
        judge(&sought, NAME, ADDRESS, &DivisionCode::parse("370102").unwrap())
    }

    #[test]
    fn the_points_of_the_reasons_add_up_to_the_score() {
        for (name, place, division) in [
            (NAME, ADDRESS, "370102"),
            ("全福食品", "泺源大街", "370114"),
            ("泉福", "", ""),
            ("别的", "", "370100"),
        ] {
            let found = judged(name, place, division);
            assert_eq!(
                found.reasons.iter().map(|reason| reason.points).sum::<i32>(),
                found.score,
                "{found:?}"
            );
            assert!((0..=1_000).contains(&found.score));
        }
    }

    #[test]
    fn place_and_division_speak_for_and_against() {
        let plain = judged("全福食品", "", "").score;
        assert!(judged("全福食品", "", "370102").score > plain);
        assert!(judged("全福食品", "泺源大街100号", "").score > plain);
        assert!(judged("全福食品", "", "370114").score < plain);
    }

    #[test]
    fn the_city_speaks_for_its_districts() {
        let kinds: Vec<_> = judged(NAME, "", "370100").reasons.iter().map(|reason| reason.kind).collect();
        assert_eq!(kinds, [ReasonKind::NameSame, ReasonKind::DivisionSame]);
    }

    #[test]
    fn an_address_alone_names_nobody() {
        assert!(judged("别的什么", ADDRESS, "370102").score < 500);
    }
}
