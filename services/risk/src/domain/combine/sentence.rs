//! How a combined class came about, in words for the officer.

use super::{Combination, Method, Otherwise};
use crate::domain::{class::Class, hundredths::Hundredths, scheme::Rank};

/// A combined class and what led to it, as stored.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Class by the general model.
    pub general: &'a str,
    /// Points of the general model.
    pub general_points: Hundredths,
    /// Grade by the professional model; empty for a field without one.
    pub professional: &'a str,
    /// Points of the professional model.
    pub professional_points: Hundredths,
    /// Combined class.
    pub code: &'a str,
    /// Whether a veto of either model fired.
    pub vetoed: bool,
    /// Whether the stand-in was asked for the general class, and spoke.
    pub stood_in: bool,
    /// What was given as the general class by stand-in or rule, where floors or vetoes of the general model hold a riskier one.
    pub held_above: Option<&'a str>,
}

impl<'a> Told<'a> {
    /// What is stored with `class`.
    pub fn of(class: &'a Class) -> Self {
        Self {
            general: &class.general_code,
            general_points: Hundredths::from_e2(class.general_points_e2),
            professional: &class.professional_code,
            professional_points: Hundredths::from_e2(class.professional_points_e2),
            code: &class.code,
            vetoed: class.detail.vetoed(),
            stood_in: class.detail.stand_in.is_some(),
            held_above: None,
        }
    }
}

impl Combination {
    /// How it came about, and where the general class comes from.
    pub fn sentence(&self, told: &Told<'_>) -> String {
        format!("{}{}", self.combined(told), self.general_from(told))
    }

    /// Where the general class comes from; empty where only the general model is asked.
    fn general_from(&self, told: &Told<'_>) -> String {
        let Some(otherwise) = self.combiner().stand_in else { return String::new() };
        let general = told.general;
        match (told.stood_in, otherwise, told.held_above) {
            (true, _, None) => format!("通用{general}类取自省局分类。"),
            (true, _, Some(given)) => {
                format!("省局分类为{given}类,本市通用模型的下限或者一票否决将通用类别定为{general}类。")
            }
            (false, Otherwise::Model, _) => "没有有效的省局分类,通用类别按本市通用模型。".to_owned(),
            (false, Otherwise::Class(_), None) => {
                format!("没有有效的省局分类,通用类别按规则定为{general}类。")
            }
            (false, Otherwise::Class(_), Some(given)) => format!(
                "没有有效的省局分类,按规则为{given}类,本市通用模型的下限或者一票否决将通用类别定为{general}类。"
            ),
        }
    }

    fn combined(&self, told: &Told<'_>) -> String {
        let Told { general, professional, code, .. } = *told;
        if told.vetoed {
            let professional = if professional.is_empty() { "无" } else { professional };
            return format!("触发一票否决,综合类别直接定为{code}类(通用{general}类,专业{professional}级)。");
        }
        if professional.is_empty() {
            return format!("该领域没有专业模型,综合类别即通用类别{code}类。");
        }
        let combiner = self.combiner();
        let version = &combiner.version;
        let rank = combiner.scheme.rank(general).unwrap_or_else(|| combiner.scheme.highest());
        let (general_points, points) = (told.general_points, told.professional_points);
        let sum = self.sum(rank, general_points, points).unwrap_or_default();
        match &combiner.method {
            Method::Matrix(_) => format!(
                "按组合矩阵(第{version}版):通用{general}类,专业{professional}级,综合类别{code}类,{}。",
                self.change(professional, code)
            ),
            Method::Add { .. } => format!(
                "按相加法(第{version}版):专业{points}分,加通用{general}类折算分,合计{sum}分,{}综合类别{code}类。",
                self.held(rank, general_points, points, code)
            ),
            Method::Weighted { .. } => format!(
                "按加权法(第{version}版):通用{general_points}分与专业{points}分加权合计{sum}分,{}综合类别{code}类。",
                self.held(rank, general_points, points, code)
            ),
        }
    }

    /// What a sum alone would give, where floors or steps hold a riskier class.
    fn held(&self, general: Rank, general_points: Hundredths, points: Hundredths, code: &str) -> String {
        let scheme = &self.combiner().scheme;
        match self.by_sum(general, general_points, points) {
            Some(by_sum) if scheme.rank(code) > Some(by_sum) => {
                format!("按分值{}类,触发下限或者上调规则,", scheme.code(by_sum))
            }
            _ => String::new(),
        }
    }

    fn change(&self, professional: &str, code: &str) -> String {
        let rank = |code| self.combiner().scheme.rank(code);
        match (rank(professional), rank(code)) {
            (Some(before), Some(after)) if after > before => format!("在专业等级上调{}级", after - before),
            (Some(before), Some(after)) if after < before => format!("在专业等级下调{}级", before - after),
            _ => "与专业等级一致".to_owned(),
        }
    }
}
