//! What shows only once the parameters of a day are known: bounds that do not rise, a riskier class that is worth less, a share below 0.

use chrono::NaiveDate;

use super::{Combiner, method::Method};
use crate::domain::{
    hundredths::Hundredths,
    model::{Faults, ModelError, Number},
    parameters::Parameters,
};

impl Combiner {
    /// Whether more risk never gives a lower class with the parameters of `day`. What the rulebook lacks is left out:
    /// [`ModelError::unless_all_parameters`] tells it. `text` is the content of `file`.
    ///
    /// # Errors
    /// With every part that makes no sense on that day.
    pub fn check_resolved(
        &self,
        file: &str,
        text: &str,
        parameters: &impl Parameters,
        day: NaiveDate,
    ) -> Result<(), ModelError> {
        let number = |number: &Number| match number {
            Number::Fixed(number) => Some(*number),
            Number::Parameter(name) => parameters.number(name, day),
        };
        let numbers = |all: &[Number]| all.iter().map(number).collect::<Option<Vec<_>>>();
        let mut faults = Faults::default();
        let mut rising = |path: &str, upper: &[Number]| {
            if let Some((lower, higher)) = wrong_pair(numbers(upper), |lower, higher| lower >= higher) {
                faults
                    .note(path, format!("the bounds must rise; on {day} they are {lower} and then {higher}"));
            }
        };
        match &self.method {
            Method::Matrix(_) => {}
            Method::Add { general, bounds } => {
                rising("add.classes", &bounds.upper);
                if let Some((lower, higher)) = wrong_pair(numbers(general), |lower, higher| lower > higher) {
                    let problem =
                        format!("a riskier class is worth less; on {day} {lower} and then {higher}");
                    faults.note("add.general_points", problem);
                }
            }
            Method::Weighted { general, professional, bounds } => {
                rising("weighted.classes", &bounds.upper);
                for (path, share) in [("weighted.general", general), ("weighted.professional", professional)]
                {
                    if let Some(share) = number(share).filter(|share| *share < Hundredths::ZERO) {
                        let problem = format!(
                            "a share below 0 would let more risk give a lower class; on {day} it is {share}"
                        );
                        faults.note(path, problem);
                    }
                }
            }
        }
        faults.unless_any(file, text, Some(()))
    }
}

/// The first two neighbours that stand in the wrong order.
fn wrong_pair(
    numbers: Option<Vec<Hundredths>>,
    wrong: impl Fn(Hundredths, Hundredths) -> bool,
) -> Option<(Hundredths, Hundredths)> {
    let numbers = numbers?;
    numbers.windows(2).map(|pair| (pair[0], pair[1])).find(|(lower, higher)| wrong(*lower, *higher))
}
