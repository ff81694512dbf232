//! All models as one set, and what of them is in force on a day.

mod joined;
mod kept;
mod version;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use prost_reflect::DynamicMessage;

use super::{
    combine::{Combination, Combiner},
    evidence::{Item, Ordinal, project},
    general::General,
    model::{Indicator, Model, ModelError, Scope, message_of},
    parameters::{MissingParameter, OrOn, Parameters},
    scheme::{Rank, Scheme},
    scoring::{Items, Score, Scorer},
    tenure::Tenures,
};

pub(super) use joined::GeneralPart;
pub use version::{EVERY_FIELD, NEEDED, Version};

/// Raised when [`project`], the conditions or the form of what is kept change: everything kept is then made anew.
const PROJECTION_VERSION: u32 = 2;
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

/// Every version of every model, checked, and the combinations: what they say, not which of them count.
#[derive(Debug)]
pub struct Models {
    models: Vec<Arc<Model>>,
    combiners: Vec<Arc<Combiner>>,
    /// Ordinal of the first indicator of each model.
    first: Vec<Ordinal>,
    /// For each source the indicators that read it: (model, indicator).
    readers: HashMap<String, Vec<(usize, usize)>>,
    /// By ordinal, whether what an indicator makes of evidence is kept; empty: of all.
    kept: Vec<bool>,
    hash: String,
}

/// A version on trial, with what would be in force if it took its place.
#[derive(Debug)]
pub struct Trial {
    /// The version.
    pub version: Version,
    /// What would be in force.
    pub engine: Engine,
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
    /// The model that may take its place; `None` where the combination asks none, or none is in force.
    stand_in: Option<Scorer>,
    professional: BTreeMap<String, Scorer>,
    combination: Combination,
}

/// The class of one enterprise in one field, with all that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    /// Combined class.
    pub rank: Rank,
    /// What gives its general class.
    pub general: General,
    /// What the field's model says; `None` for a field without one.
    pub professional: Option<Score>,
}

impl Models {
    /// Reads and checks all files. `scheme` finds a class scheme by its identifier.
    ///
    /// # Errors
    /// [`ModelError`] for the first file that cannot be used or submitted, or for two files that say they are the same version.
    pub fn load(
        files: &[ModelFile<'_>],
        scheme: impl Fn(&str) -> Option<Scheme> + Copy,
    ) -> Result<Self, ModelError> {
        let (models, stricter) = Self::load_registered(files, scheme)?;
        stricter.into_iter().next().map_or(Ok(models), |(_, problem)| Err(problem))
    }

    /// Reads and checks all files, some of which may be in force already. Beside them come the versions, by `id@version`, that could
    /// not be submitted now, each with what is wrong with it: see [`Combiner::load_registered`].
    ///
    /// # Errors
    /// [`ModelError`] for the first file that cannot be used, or for two files that say they are the same version.
    pub fn load_registered(
        files: &[ModelFile<'_>],
        scheme: impl Fn(&str) -> Option<Scheme> + Copy,
    ) -> Result<(Self, BTreeMap<String, ModelError>), ModelError> {
        let (mut models, mut combiners) = (Vec::new(), Vec::new());
        let mut stricter = BTreeMap::new();
        for file in files {
            let name = format!("models/{}.yaml", file.name);
            if is_combination(file.name) {
                let (combiner, problem) = Combiner::load_registered(&name, file.text, scheme)?;
                stricter.extend(problem.map(|problem| (combiner.key(), problem)));
                combiners.push(Arc::new(combiner));
            } else {
                models.push(Arc::new(Model::load(&name, file.text, file.hash, scheme)?));
            }
        }
        models.sort_by_key(|model| (model.id.clone(), model.version.clone()));
        combiners.sort_by_key(|combiner| combiner.version.clone());
        check_together(&models, &combiners)?;
        let mut hashes: Vec<_> = files.iter().map(|file| format!("{}={}", file.name, file.hash)).collect();
        hashes.sort();
        let hash = format!("{PROJECTION_VERSION};{}", hashes.join(";"));
        let (first, readers) = index(&models)?;
        Ok((Self { models, combiners, first, readers, kept: Vec::new(), hash }, stricter))
    }

    /// All models, in the order of id and version.
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// The model called `key` (`id@version`).
    pub fn by_key(&self, key: &str) -> Option<&Arc<Model>> {
        self.models.iter().find(|model| model.key() == key)
    }

    /// A class combined by the combination of this version as it is told in the national scheme; `None` where there is no such version
    /// or class, or on a day before that scheme.
    pub fn national_code(&self, combination: &str, code: &str, day: NaiveDate) -> Option<&str> {
        let combiner = self.combiners.iter().find(|combiner| combiner.version == combination)?;
        combiner.national(combiner.scheme.rank(code)?, day)
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

    /// What the models make of one piece of evidence: items of every indicator, of all versions, that it counts for. Nothing for
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

    /// All versions, models first.
    pub fn versions(&self) -> impl Iterator<Item = Version> {
        let models = self.models.iter().cloned().map(Version::Model);
        models.chain(self.combiners.iter().cloned().map(Version::Combination))
    }

    /// The version called `key` (`id@version`).
    pub fn version(&self, key: &str) -> Option<Version> {
        self.versions().find(|version| version.key() == key)
    }

    /// What the files say of themselves, before anybody has decided anything.
    pub fn by_file(&self) -> Tenures {
        self.versions().map(|version| (version.key(), version.by_file())).collect()
    }

    /// What is in force on `as_of` by what the files say of themselves, with the parameters of that day.
    ///
    /// # Errors
    /// As [`under`](Self::under).
    pub fn at(&self, as_of: NaiveDate, parameters: &impl Parameters) -> Result<Engine, NotReady> {
        self.under(&self.by_file(), as_of, parameters)
    }

    /// What is in force on `as_of` by what was decided, with the parameters of that day.
    ///
    /// # Errors
    /// [`NotReady`] when the general model, the combination or a parameter is missing.
    pub fn under(
        &self,
        tenures: &Tenures,
        as_of: NaiveDate,
        parameters: &impl Parameters,
    ) -> Result<Engine, NotReady> {
        self.with(None, tenures, as_of, parameters)
    }

    /// The versions on trial that can be made ready for `as_of`. One that lacks a parameter on that day is left out: a trial
    /// never stops a run.
    pub fn trials(&self, tenures: &Tenures, as_of: NaiveDate, parameters: &impl Parameters) -> Vec<Trial> {
        let on_trial = self.versions().filter(|version| tenures.of(&version.key()).on_trial);
        on_trial.filter_map(|version| self.trial(version, tenures, as_of, parameters).ok()).collect()
    }

    /// A version with what would be in force if it took the place of the one of its scope.
    ///
    /// # Errors
    /// As [`under`](Self::under).
    pub fn trial(
        &self,
        version: Version,
        tenures: &Tenures,
        as_of: NaiveDate,
        parameters: &impl Parameters,
    ) -> Result<Trial, NotReady> {
        let engine = self.with(Some(&version), tenures, as_of, parameters)?;
        Ok(Trial { version, engine })
    }

    fn with(
        &self,
        trial: Option<&Version>,
        tenures: &Tenures,
        as_of: NaiveDate,
        parameters: &impl Parameters,
    ) -> Result<Engine, NotReady> {
        self.ready(&self.in_force(trial, tenures, as_of), as_of, parameters)
    }

    /// What is in force on `as_of`, made ready for another `day`: what the same models said then. A parameter that the rulebook does not
    /// hold on that day counts as on `as_of`.
    ///
    /// # Errors
    /// As [`under`](Self::under).
    pub fn under_on(
        &self,
        tenures: &Tenures,
        as_of: NaiveDate,
        day: NaiveDate,
        parameters: &impl Parameters,
    ) -> Result<Engine, NotReady> {
        let or_later = OrOn { parameters, day: as_of };
        self.ready(&self.in_force(None, tenures, as_of), day, &or_later)
    }

    fn ready(
        &self,
        in_force: &HashSet<String>,
        as_of: NaiveDate,
        parameters: &impl Parameters,
    ) -> Result<Engine, NotReady> {
        let combiner = self.combiners.iter().find(|combiner| in_force.contains(&combiner.key()));
        let combiner = combiner.ok_or(NotReady::NoModel("combination", as_of))?.clone();
        let combination = Combination::new(combiner, parameters, as_of)?;
        let (mut general, mut stand_in) = (None, None);
        let mut professional = BTreeMap::new();
        for (model, first) in self.models.iter().zip(&self.first) {
            if !in_force.contains(&model.key()) {
                continue;
            }
            let scorer = Scorer::new(model.clone(), *first, parameters, as_of)?;
            match &model.scope {
                Scope::General => general = Some(scorer),
                Scope::StandIn => stand_in = Some(scorer),
                Scope::Field(field) => {
                    professional.insert(field.clone(), scorer);
                }
            }
        }
        let general = general.ok_or(NotReady::NoModel("general model", as_of))?;
        let stand_in = stand_in.filter(|_| combination.combiner().stand_in.is_some());
        Ok(Engine { as_of, general, stand_in, professional, combination })
    }

    /// Of each scope the version in force on `as_of`: the one on trial in its place, or the one that began last.
    fn in_force(&self, trial: Option<&Version>, tenures: &Tenures, as_of: NaiveDate) -> HashSet<String> {
        let mut of_scope: BTreeMap<String, (NaiveDate, String)> = BTreeMap::new();
        for version in self.versions() {
            let key = version.key();
            let Some(since) = tenures.of(&key).since(as_of) else { continue };
            let place = of_scope.entry(version.scope().to_owned()).or_insert((since, key.clone()));
            // In the order of versions, so that of two that began together the later one counts.
            if place.0 <= since {
                *place = (since, key);
            }
        }
        if let Some(trial) = trial {
            of_scope.insert(trial.scope().to_owned(), (as_of, trial.key()));
        }
        of_scope.into_values().map(|(_, key)| key).collect()
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

    /// The model that may take the place of the general one, made ready, where it is asked.
    pub fn stand_in(&self) -> Option<&Scorer> {
        self.stand_in.as_ref()
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

    /// All models that are asked, the general one first.
    pub fn scorers(&self) -> impl Iterator<Item = &Scorer> {
        std::iter::once(&self.general).chain(&self.stand_in).chain(self.professional.values())
    }

    /// Scores an enterprise by the model of `field`.
    pub fn score_professional(&self, field: &str, items: Items<'_>) -> Option<Score> {
        self.professional(field).map(|scorer| scorer.score(items))
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
    if let Some(pair) = combiners.windows(2).find(|pair| pair[0].version == pair[1].version) {
        let problem = format!("`{}` stands in two files", pair[0].key());
        return Err(ModelError::whole("models/combine.yaml".to_owned(), problem));
    }
    for (model, combiner) in
        models.iter().flat_map(|model| combiners.iter().map(move |combiner| (model, combiner)))
    {
        let fits = match model.scope {
            Scope::General | Scope::StandIn => model.scheme == combiner.scheme,
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

fn index(models: &[Arc<Model>]) -> Result<(Vec<Ordinal>, Readers), ModelError> {
    let mut first = Vec::with_capacity(models.len());
    let mut readers = Readers::new();
    let mut next: Ordinal = 0;
    for (at, model) in models.iter().enumerate() {
        first.push(next);
        for (place, indicator) in model.indicators.iter().enumerate() {
            readers.entry(indicator.source.name().to_owned()).or_default().push((at, place));
        }
        let after = Ordinal::try_from(model.indicators.len()).ok().and_then(|own| next.checked_add(own));
        next = after.ok_or_else(|| {
            let problem =
                format!("all versions of all models together have more than {} indicators", Ordinal::MAX);
            ModelError::whole(format!("models/{}.yaml", model.id), problem)
        })?;
    }
    Ok((first, readers))
}

#[cfg(test)]
mod tests;
