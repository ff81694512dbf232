//! The offices that the tables name.

/// An office by its role code in the rulebook. Tables name offices by these constants, so that a typing error does not
/// compile; which offices exist and what they hold is data of the rulebook (a test compares).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Office(&'static str);

impl Office {
    /// 信用监管处: leads and coordinates; sees all work.
    pub const CREDIT: Self = Self("CREDIT");
    /// 食品生产处.
    pub const FOOD_PROD: Self = Self("FOOD_PROD");
    /// 抽检特食处.
    pub const SAMPLING_SPECIAL_FOOD: Self = Self("SAMPLING_SPECIAL_FOOD");
    /// 特监处.
    pub const SE_SUPERV: Self = Self("SE_SUPERV");
    /// 外资处.
    pub const FOREIGN_REG: Self = Self("FOREIGN_REG");
    /// 法规处.
    pub const LEGAL: Self = Self("LEGAL");
    /// 综合行政执法支队: the case-handling body.
    pub const ENFORCEMENT: Self = Self("ENFORCEMENT");
    /// 区县(功能区)局.
    pub const DISTRICT: Self = Self("DISTRICT");
    /// 信息化管理机构.
    pub const IT: Self = Self("IT");
    /// 上级市场监管部门: consents to listings.
    pub const SUPERIOR: Self = Self("SUPERIOR");
    /// 当事人, in its own matter.
    pub const PARTY: Self = Self("PARTY");
    /// Machine steps; no person holds it.
    pub const SYSTEM: Self = Self("SYSTEM");
    /// Only for duties: the line office that answers for the subject, which the writer of the duty names.
    pub const OWNER: Self = Self("OWNER");

    /// Every office that has a constant.
    pub const ALL: [Self; 12] = [
        Self::CREDIT,
        Self::FOOD_PROD,
        Self::SAMPLING_SPECIAL_FOOD,
        Self::SE_SUPERV,
        Self::FOREIGN_REG,
        Self::LEGAL,
        Self::ENFORCEMENT,
        Self::DISTRICT,
        Self::IT,
        Self::SUPERIOR,
        Self::PARTY,
        Self::SYSTEM,
    ];

    /// An office that has no constant here, by its code in the rulebook.
    pub const fn other(code: &'static str) -> Self {
        Self(code)
    }

    /// The code.
    pub const fn code(self) -> &'static str {
        self.0
    }
}
