//! What is kept of evidence: items of the versions that can still class somebody. What a version whose time is over made of it is worked
//! out anew for the few who look back to its time.

use chrono::NaiveDate;

use super::Models;
use crate::domain::{
    evidence::{Item, Ordinal},
    tenure::Tenures,
};

impl Models {
    /// The same models, of which nothing is kept any more for those whose time `is_over`, asked by `id@version`.
    #[must_use]
    pub fn keeping_none_of(mut self, is_over: impl Fn(&str) -> bool) -> Self {
        let indicators = self.models.iter().flat_map(|model| {
            let kept = !is_over(&model.key());
            std::iter::repeat_n(kept, model.indicators.len())
        });
        self.kept = indicators.collect();
        self
    }

    /// What is kept of what [`project`](Self::project) gives: nothing of versions whose time is over, unless these alone make something
    /// of it.
    pub fn kept(&self, items: &[Item]) -> Vec<Item> {
        let kept: Vec<Item> = items.iter().filter(|item| self.keeps(item.indicator())).copied().collect();
        if kept.is_empty() { items.to_vec() } else { kept }
    }

    /// Whether the items of every model in force on `as_of` are kept.
    pub fn keeps_all_in_force(&self, tenures: &Tenures, as_of: NaiveDate) -> bool {
        let in_force = self.in_force(None, tenures, as_of);
        let of_models =
            self.models.iter().zip(&self.first).filter(|(model, _)| in_force.contains(&model.key()));
        of_models.map(|(_, first)| *first).all(|first| self.keeps(first))
    }

    fn keeps(&self, indicator: Ordinal) -> bool {
        self.kept.get(usize::from(indicator)).is_none_or(|kept| *kept)
    }
}
