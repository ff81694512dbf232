//! All models as one set, and what of them is in force on a day.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use prost_reflect::DynamicMessage;

use super::{
    combine::{Combination, Combiner, Given},
    evidence::{Item, Ordinal, project},
    model::{Indicator, Model, ModelError, Scope, Standing, message_of},
    parameters::{MissingParameter, Parameters},
    scheme::{Rank, Scheme},
    scoring::{Items, Score, Scorer},
};

/// Raised when [`project`] or the conditions change their meaning: everything kept is then made anew.
const PROJECTION_VERSION: u32 = 1;
/// Files whose name begins so are combinations, all others models.
const COMBINE: &str = "combine";

/// A file of the rulebook.
#[derive(Clone, Copy, Debug)]
pub struct ModelFile<'a> {
    /// Name without folder and ending, such as `food2016`.
    pub name: &'a str,
    /// Its YAML.
    pub text: &'a str,
    /// SM3 of the text, hex.
    pub hash: &'a str,
}

/// Every version of every model, checked, and the combinations.
#[derive(Debug)]
pub struct Models {
    models: Vec<Arc<Model>>,
    combiners: Vec<Arc<Combiner>>,
    /// Ordinal of the first indicator of each model.
    first: Vec<Ordinal>,
    /// For each source the indicators that read it: (model, indicator).
    readers: HashMap<String, Vec<(usize, usize)>>,
    hash: String,
}

/// Why no class can be computed for a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// No general model, or no combination, is in force.
    #[error("no {0} is in force on {1}")]
    NoModel(&'static str, NaiveDate),
    /// A parameter is missing.
    #[error(transparent)]
    Parameter(#[from] MissingParameter),
}

/// What is in force on one day, ready to class enterprises.
#[derive(Debug)]
pub struct Engine {
    as_of: NaiveDate,
    general: Scorer,
    professional: BTreeMap<String, Scorer>,
    combination: Combination,
}

/// The class of one enterprise in one field, with all that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    /// Combined class.
    pub rank: Rank,
    /// What the general model says.
    pub general: Score,
    /// What the field's model says; `None` for a field without one.
    pub professional: Option<Score>,
}

impl Models {
    /// Reads and checks all files. `scheme` finds a class scheme by its identifier.
    ///
    /// # Errors
    /// [`ModelError`] for the first file that cannot be used, or for two files that say they are the same version.
    pub fn load(
        files: &[ModelFile<'_>],
        scheme: impl Fn(&str) -> Option<Scheme> + Copy,
    ) -> Result<Self, ModelError> {
        let mut models = Vec::new();
        let mut combiners = Vec::new();
        for file in files {
            let name = format!("models/{}.yaml", file.name);
            if is_combination(file.name) {
                combiners.push(Arc::new(Combiner::load(&name, file.text, scheme)?));
            } else {
                models.push(Arc::new(Model::load(&name, file.text, file.hash, scheme)?));
            }
        }
        models.sort_by_key(|model| (model.id.clone(), model.version.clone()));
        check_together(&models, &combiners)?;
        let mut hashes: Vec<_> = files.iter().map(|file| format!("{}={}", file.name, file.hash)).collect();
        hashes.sort();
        let hash = format!("{PROJECTION_VERSION};{}", hashes.join(";"));
        let (first, readers) = index(&models);
        Ok(Self { models, combiners, first, readers, hash })
    }

    /// All models, in the order of id and version.
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// The model called `key` (`id@version`).
    pub fn by_key(&self, key: &str) -> Option<&Arc<Model>> {
        self.models.iter().find(|model| model.key() == key)
    }

    /// Names what is kept of evidence under this set of models; another text means: make it anew.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The ordinal of the indicator at `place` of the model called `key`.
    pub fn ordinal(&self, key: &str, place: usize) -> Option<Ordinal> {
        let at = self.models.iter().position(|model| model.key() == key)?;
        Some(self.first[at] + Ordinal::try_from(place).ok()?)
    }

    /// What is kept of one piece of evidence: items of every indicator, of all versions, that it counts for. Nothing for
    /// a source that no indicator reads.
    ///
    /// # Errors
    /// The bytes are not a message of the source.
    pub fn project(&self, source: &str, payload: &[u8]) -> Result<Vec<Item>, prost::DecodeError> {
        let (Some(readers), Some(message)) = (self.readers.get(source), message_of(source)) else {
            return Ok(Vec::new());
        };
        let message = DynamicMessage::decode(message, payload)?;
        let item = |&(model, place): &(usize, usize)| {
            let ordinal = self.first[model] + Ordinal::try_from(place).ok()?;
            project(ordinal, self.indicator(model, place), &message)
        };
        Ok(readers.iter().filter_map(item).collect())
    }

    /// What is in force on `as_of`, with the parameters of that day.
    ///
    /// # Errors
    /// [`NotReady`] when the general model, the combination or a parameter is missing.
    pub fn at(&self, as_of: NaiveDate, parameters: &impl Parameters) -> Result<Engine, NotReady> {
        self.with(None, as_of, parameters)
    }

    /// The models on trial whose dates hold on `as_of`: each with what would be in force if it took the place of the model
    /// of its scope.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn trials(
        &self,
        as_of: NaiveDate,
        parameters: &impl Parameters,
    ) -> Result<Vec<(Arc<Model>, Engine)>, NotReady> {
        let on_trial = self.models.iter().filter(|model| model.standing == Standing::Shadow);
        let ready = |model: &Arc<Model>| Ok((model.clone(), self.with(Some(model), as_of, parameters)?));
        on_trial.filter(|model| model.in_force(as_of)).map(ready).collect()
    }

    fn with(
        &self,
        trial: Option<&Arc<Model>>,
        as_of: NaiveDate,
        parameters: &impl Parameters,
    ) -> Result<Engine, NotReady> {
        let combiner = self.combiners.iter().rev().find(|combiner| combiner.in_force(as_of));
        let combiner = combiner.ok_or(NotReady::NoModel("combination", as_of))?.clone();
        let combination = Combination::new(combiner, parameters, as_of)?;
        let mut general = None;
        let mut professional = BTreeMap::new();
        // In the order of versions, so that of two in force the later one counts.
        let takes_part = |model: &Arc<Model>| match (model.standing, trial) {
            (Standing::Effective, Some(trial)) => model.scope != trial.scope,
            (Standing::Effective, None) => true,
            (Standing::Shadow, trial) => trial.is_some_and(|trial| Arc::ptr_eq(trial, model)),
        };
        let in_force = |(model, _): &(&Arc<Model>, _)| model.in_force(as_of) && takes_part(model);
        for (model, first) in self.models.iter().zip(&self.first).filter(in_force) {
            let scorer = Scorer::new(model.clone(), *first, parameters, as_of)?;
            match &model.scope {
                Scope::General => general = Some(scorer),
                Scope::Field(field) => {
                    professional.insert(field.clone(), scorer);
                }
            }
        }
        let general = general.ok_or(NotReady::NoModel("general model", as_of))?;
        Ok(Engine { as_of, general, professional, combination })
    }

    fn indicator(&self, model: usize, place: usize) -> &Indicator {
        &self.models[model].indicators[place]
    }
}

impl Engine {
    /// The day as of which it classes.
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// The general model, made ready.
    pub fn general(&self) -> &Scorer {
        &self.general
    }

    /// The model of a key field, made ready.
    pub fn professional(&self, field: &str) -> Option<&Scorer> {
        self.professional.get(field)
    }

    /// How classes are combined.
    pub fn combiner(&self) -> &Combiner {
        self.combination.combiner()
    }

    /// How classes are combined, with the numbers of the day.
    pub fn combination(&self) -> &Combination {
        &self.combination
    }

    /// All models in force, the general one first.
    pub fn scorers(&self) -> impl Iterator<Item = &Scorer> {
        std::iter::once(&self.general).chain(self.professional.values())
    }

    /// Scores an enterprise by the general model; the same for all of its fields.
    pub fn score_general(&self, items: Items<'_>) -> Score {
        self.general.score(items)
    }

    /// Scores an enterprise by the model of `field`.
    pub fn score_professional(&self, field: &str, items: Items<'_>) -> Option<Score> {
        self.professional(field).map(|scorer| scorer.score(items))
    }

    /// Joins what the two models say.
    pub fn combine(&self, field: &str, general: Score, professional: Option<Score>) -> Classification {
        let grade = professional.as_ref().zip(self.professional(field));
        let grade = grade.map(|(score, scorer)| (scorer.model().scheme.code(score.rank), score.points));
        let vetoed = general.vetoed || professional.as_ref().is_some_and(|score| score.vetoed);
        let given =
            Given { general: general.rank, general_points: general.points, professional: grade, vetoed };
        let rank = self.combination.rank(&given);
        Classification { rank, general, professional }
    }

    /// The class of one enterprise in one field. A full run and a re-score both end here.
    pub fn classify(&self, field: &str, items: Items<'_>) -> Classification {
        self.combine(field, self.score_general(items), self.score_professional(field, items))
    }
}

/// Whether a file of this name holds a combination; otherwise it holds a model.
pub(crate) fn is_combination(name: &str) -> bool {
    name.starts_with(COMBINE)
}

/// What only shows when all files are seen together.
fn check_together(models: &[Arc<Model>], combiners: &[Arc<Combiner>]) -> Result<(), ModelError> {
    let wrong =
        |model: &Model, problem: String| ModelError::whole(format!("models/{}.yaml", model.id), problem);
    if let Some(pair) = models.windows(2).find(|pair| pair[0].key() == pair[1].key()) {
        return Err(wrong(&pair[0], format!("`{}` stands in two files", pair[0].key())));
    }
    for (model, combiner) in
        models.iter().flat_map(|model| combiners.iter().map(move |combiner| (model, combiner)))
    {
        let fits = match model.scope {
            Scope::General => model.scheme == combiner.scheme,
            Scope::Field(_) => combiner.covers(&model.scheme),
        };
        if !fits {
            let problem =
                format!("combination {} has no place for scheme `{}`", combiner.version, model.scheme.id);
            return Err(wrong(model, problem));
        }
    }
    Ok(())
}

type Readers = HashMap<String, Vec<(usize, usize)>>;

fn index(models: &[Arc<Model>]) -> (Vec<Ordinal>, Readers) {
    let mut first = Vec::with_capacity(models.len());
    let mut readers = Readers::new();
    let mut next: Ordinal = 0;
    for (at, model) in models.iter().enumerate() {
        first.push(next);
        for (place, indicator) in model.indicators.iter().enumerate() {
            readers.entry(indicator.source.name().to_owned()).or_default().push((at, place));
            next += 1;
        }
    }
    (first, readers)
}

#[cfg(test)]
mod tests;
