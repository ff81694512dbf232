//! What shows only once the parameters of a day are known: bounds that do not rise, and lengths that cannot be meant.

use chrono::NaiveDate;

use super::{Length, Model, ModelError, Number, Points, Window, error::Faults, length, points::direction};
use crate::domain::{hundredths::Hundredths, parameters::Parameters};

impl Model {
    /// Whether bounds rise, bands keep one direction and windows can be meant with the parameters of `day`. What the rulebook lacks is
    /// left out: [`ModelError::unless_all_parameters`] tells it. `text` is the content of `file`.
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
        let mut faults = Faults::default();
        let on = Resolved { parameters, day };
        if let Some(pair) = on.numbers(&self.upper_bounds).and_then(|bounds| on.not_rising(&bounds)) {
            faults.note("grades", format!("the bounds must rise; on {day} they are {pair}"));
        }
        for (at, indicator) in self.indicators.iter().enumerate() {
            let path = format!("indicators[{at}]");
            on.bands(&format!("{path}.bands"), &indicator.measure, &indicator.points, &mut faults);
            on.window(&format!("{path}.window"), &indicator.window, &mut faults);
        }
        faults.unless_any(file, text, Some(()))
    }
}

struct Resolved<'a, P> {
    parameters: &'a P,
    day: NaiveDate,
}

impl<P: Parameters> Resolved<'_, P> {
    fn number(&self, number: &Number) -> Option<Hundredths> {
        match number {
            Number::Fixed(number) => Some(*number),
            Number::Parameter(name) => self.parameters.number(name, self.day),
        }
    }

    fn numbers<'n>(&self, numbers: impl IntoIterator<Item = &'n Number>) -> Option<Vec<Hundredths>> {
        numbers.into_iter().map(|number| self.number(number)).collect()
    }

    /// The first two neighbours of which the second is not larger, in words.
    fn not_rising(&self, bounds: &[Hundredths]) -> Option<String> {
        let pair = bounds.windows(2).find(|pair| pair[0] >= pair[1])?;
        Some(format!("{} and then {}", pair[0], pair[1]))
    }

    fn bands(&self, path: &str, measure: &super::Measure, points: &Points, faults: &mut Faults) {
        let Points::Bands(bands) = points else { return };
        if let Some(pair) =
            self.numbers(bands.iter().map(|(from, _)| from)).and_then(|from| self.not_rising(&from))
        {
            faults
                .note(path, format!("`bands` must begin at rising values; on {} they are {pair}", self.day));
        }
        if let Some(given) = self.numbers(bands.iter().map(|(_, points)| points)) {
            faults.take(path, direction(measure, &given));
        }
    }

    fn window(&self, path: &str, window: &Window, faults: &mut Faults) {
        let (Window::Last(Length::Parameter(name)) | Window::OlderThan(Length::Parameter(name))) = window
        else {
            return;
        };
        if let Some(span) = self.parameters.span(name, self.day) {
            faults.take(path, length::meant(span));
        }
    }
}
