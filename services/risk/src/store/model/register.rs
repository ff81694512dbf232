//! Taking in the files of the rulebook: each is a version of a model, or of the combination, and keeps its text for good.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use db::Tx;
use rulebook::Rulebook;
use service::machine::Actor;

use super::row::{TextRow, all_texts, all_versions, insert_version, tenures};
use crate::domain::combine::Combiner;
use crate::domain::engine::{Engine, ModelFile, Models, Trial, Version, is_combination};
use crate::domain::model::{Model, ModelError};
use crate::domain::model_version::ModelVersion;
use crate::domain::run::Run;
use crate::domain::tenure::Tenures;
use crate::error::Error;
use crate::machines::model::{Event, MODEL};
use crate::store::{Act, Store, lock_evidence};
use crate::{convert, rules};

impl Store {
    /// Registers the versions that `files` hold and that are not known yet, and answers a store that knows all that ever were
    /// registered. A version of a city's own begins as a draft. One that is part of the program has the standing that its file
    /// names where nothing was registered for its scope before; later ones are drafts, so that a new release of the program
    /// changes no class by itself.
    ///
    /// A file that says another text under a known name is left aside: what was approved stays what it was. A combination by which
    /// nobody was ever to be classed is held to all that is asked of one today; one that is in force goes on as it is, and the log says
    /// what it would be refused for.
    ///
    /// # Errors
    /// When the database fails, the text of a version that was ever in force cannot be read any more, or
    /// [`Error::ModelUnusable`] for a file that cannot be submitted.
    pub async fn register_models(self, files: &[ModelFile<'_>], act: &Act) -> Result<Self, Error> {
        let mut tx = self.db.begin_write().await?;
        lock_evidence(&mut tx).await?;
        let known = all_versions(&mut tx).await?;
        let scopes: BTreeSet<&str> = known.iter().map(|version| version.scope.as_str()).collect();
        let hashes: BTreeMap<&str, &str> =
            known.iter().map(|version| (version.key.as_str(), version.hash.as_str())).collect();
        let approved = known.iter().filter(|version| version.effective_from.is_some());
        let approved: BTreeSet<&str> = approved.map(|version| version.hash.as_str()).collect();
        for version in self.models.versions() {
            let Some(file) = files.iter().find(|file| file.hash == version.hash()) else { continue };
            if !approved.contains(version.hash()) {
                self.may_be_submitted(&version, file, act)?;
            }
            match hashes.get(version.key().as_str()) {
                Some(hash) if *hash == version.hash() => {}
                Some(_) => tracing::error!(
                    model = version.key(),
                    file = file.name,
                    "`{}` was registered with another text, which goes on to count; give this text another version",
                    version.key()
                ),
                None => {
                    let first = !scopes.contains(version.scope());
                    self.register(&mut tx, &version, file, first, act).await?;
                }
            }
        }
        let (models, stricter) = self.all_registered(&mut tx).await?;
        let registered = all_versions(&mut tx).await?;
        let over = registered.iter().filter(|version| version.state_on(act.today).is_over());
        let over: BTreeSet<&str> = over.map(|version| version.key.as_str()).collect();
        for (key, problem) in stricter.iter().filter(|(key, _)| !over.contains(key.as_str())) {
            tracing::warn!(
                model = key.as_str(),
                "`{key}` goes on, though it would be refused if it was submitted now: {}",
                problem.to_string().replace('\n', "; ")
            );
        }
        let models = models.keeping_none_of(|key| over.contains(key));
        tx.commit().await?;
        Ok(self.with_models(Arc::new(models)))
    }

    /// Whether a combination keeps to all that is asked of one that is submitted.
    fn may_be_submitted(&self, version: &Version, file: &ModelFile<'_>, act: &Act) -> Result<(), Error> {
        if !is_combination(file.name) {
            return Ok(());
        }
        let name = format!("models/{}.yaml", file.name);
        let read = Combiner::load(&name, file.text, |id| rules::scheme(&self.book, id));
        let refused = |problem: ModelError| Error::ModelUnusable {
            model: version.key(),
            day: act.today,
            problem: problem.to_string(),
        };
        read.map(drop).map_err(refused)
    }

    async fn register(
        &self,
        tx: &mut Tx,
        version: &Version,
        file: &ModelFile<'_>,
        first: bool,
        act: &Act,
    ) -> Result<(), Error> {
        let shipped = Rulebook::builtin().models().iter().any(|model| model.hash == file.hash);
        let said = version.by_file();
        let event = match (shipped, said.on_trial, first) {
            (true, true, _) => Event::AdoptOnTrial,
            (true, false, true) => Event::Adopt,
            _ => Event::Register,
        };
        let step = MODEL.step(None, event, &Actor::system())?;
        let in_force = event == Event::Adopt;
        let registered = ModelVersion {
            key: version.key(),
            hash: version.hash().to_owned(),
            scope: version.scope().to_owned(),
            shipped,
            state: step.to,
            effective_from: said.from.filter(|_| in_force),
            effective_to: said.to.filter(|_| in_force),
            proposed_day: None,
            proposed_by: String::new(),
            first_seen: act.now,
            revision: 1,
        };
        insert_version(tx, &registered, (file.name, file.text)).await?;
        self.follow_model(tx, &step, &registered, (event, registered.effective_from, ("", "")), act).await
    }

    /// What all registered texts say, and which of them could not be submitted now. Each was checked when it was registered. One by which
    /// nobody was ever classed, and which a later release refuses, is left aside: it must not keep everybody else from being classed.
    async fn all_registered(&self, tx: &mut Tx) -> Result<(Models, BTreeMap<String, ModelError>), Error> {
        let mut texts = all_texts(tx).await?;
        texts.retain(|row| row.effective_from.is_some() || self.can_be_read(row));
        let files: Vec<_> =
            texts.iter().map(|row| ModelFile { name: &row.file, text: &row.text, hash: &row.hash }).collect();
        let read = Models::load_registered(&files, |id| rules::scheme(&self.book, id));
        Ok(read.map_err(|problem| service::Error::corrupt(format!("a registered model: {problem}")))?)
    }

    /// Whether a registered text can be read; the log tells why one cannot.
    fn can_be_read(&self, row: &TextRow) -> bool {
        let scheme = |id: &str| rules::scheme(&self.book, id);
        let read = match is_combination(&row.file) {
            true => Combiner::load(&row.file, &row.text, scheme).map(drop),
            false => Model::load(&row.file, &row.text, &row.hash, scheme).map(drop),
        };
        if let Err(problem) = &read {
            tracing::error!(
                file = row.file.as_str(),
                "a registered version that was never in force is left aside, it cannot be read any more: {problem}"
            );
        }
        read.is_ok()
    }

    /// What is in force on a day, by what was decided.
    ///
    /// # Errors
    /// [`Error::NotReady`] when nothing can be computed for the day.
    pub(in crate::store) async fn engine(&self, tx: &mut Tx, day: NaiveDate) -> Result<Engine, Error> {
        Ok(self.models.under(&tenures(tx).await?, day, &*self.book)?)
    }

    /// What is in force on a day, made ready for another `day`.
    ///
    /// # Errors
    /// As [`engine`](Self::engine).
    pub(in crate::store) async fn engine_on(
        &self,
        tx: &mut Tx,
        in_force_on: NaiveDate,
        day: NaiveDate,
    ) -> Result<Engine, Error> {
        Ok(self.models.under_on(&tenures(tx).await?, in_force_on, day, &*self.book)?)
    }

    /// Whether what every model in force on a day makes of evidence is kept: otherwise it is worked out anew.
    pub(in crate::store) async fn keeps_all_in_force(
        &self,
        tx: &mut Tx,
        day: NaiveDate,
    ) -> Result<bool, Error> {
        Ok(self.models.keeps_all_in_force(&tenures(tx).await?, day))
    }

    /// What is in force on the day of a run, and the versions on trial.
    pub(in crate::store) async fn engine_and_trials(
        &self,
        tx: &mut Tx,
        day: NaiveDate,
    ) -> Result<(Engine, Vec<Trial>), Error> {
        let tenures = tenures(tx).await?;
        let engine = self.models.under(&tenures, day, &*self.book)?;
        Ok((engine, self.models.trials(&tenures, day, &*self.book)))
    }

    /// What a run was begun with: the versions in force on its day, and those that were on trial when it was started, whatever was
    /// decided about these since. `None` when this process has others, or another rulebook.
    ///
    /// # Errors
    /// [`Error::NotReady`] when nothing can be computed for the day.
    pub async fn begun_with(&self, run: &Run) -> Result<Option<(Engine, Vec<Trial>)>, Error> {
        let mut tx = self.db.begin_read().await?;
        let tenures = tenures(&mut tx).await?;
        tx.rollback().await?;
        let engine = self.models.under(&tenures, run.as_of, &*self.book)?;
        if run.models != convert::models_used(&engine) || run.rulebook_hash != self.book.hash() {
            return Ok(None);
        }
        Ok(self.trials_of(run, &tenures).map(|trials| (engine, trials)))
    }

    fn trials_of(&self, run: &Run, tenures: &Tenures) -> Option<Vec<Trial>> {
        let named = |used: &String| {
            let version = self.models.versions().find(|version| convert::version_used(version) == *used)?;
            self.models.trial(version, tenures, run.as_of, &*self.book).ok()
        };
        run.shadows.iter().map(named).collect()
    }
}
