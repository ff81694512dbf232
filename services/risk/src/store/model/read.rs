//! Reading versions.

use chrono::NaiveDate;
use service::fitting::Page;

use super::row::{all_versions, steps_of, text_of};
use crate::domain::model_version::{ModelStep, ModelVersion};
use crate::error::Error;
use crate::store::{Cut, Store};

impl Store {
    /// One version with its text and what was done about it.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`].
    pub async fn model_version(&self, key: &str) -> Result<(ModelVersion, String, Vec<ModelStep>), Error> {
        let mut tx = self.db.begin_read().await?;
        let found = all_versions(&mut tx).await?.into_iter().find(|version| version.key == key);
        let version = found.ok_or_else(|| Error::ModelNotFound(key.to_owned()))?;
        Ok((version, text_of(&mut tx, key).await?, steps_of(&mut tx, key).await?))
    }

    /// Versions in the order of their names, all or those in force on a day. `cut.after` is the name of the last one of the page
    /// before.
    pub async fn model_versions(
        &self,
        as_of: Option<NaiveDate>,
        cut: &Cut,
    ) -> Result<Page<ModelVersion>, Error> {
        let mut tx = self.db.begin_read().await?;
        let asked = all_versions(&mut tx).await?.into_iter();
        let asked = asked
            .filter(|version| as_of.is_none_or(|day| version.tenure().since(day).is_some()))
            .filter(|version| cut.after.is_empty() || version.key > cut.after)
            .take(usize::try_from(cut.size).unwrap_or(0) + 1);
        Ok(cut.page(asked.collect(), |last: &ModelVersion| last.key.clone()))
    }
}
