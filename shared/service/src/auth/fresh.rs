//! What an authority knows is kept up to date: keys, revocations, accounts.

use std::{fmt::Display, sync::atomic::Ordering, time::Duration};

use opentelemetry::metrics::Gauge;

use super::{Authority, Denied, Supply, TokenProblem};
use crate::Shutdown;

/// Time between two looks at files: what is revoked there is refused at most this much later.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Authority {
    /// Looks at files and asks the issuer, until the shutdown begins.
    pub async fn keep_fresh(&self, shutdown: &Shutdown) {
        let age = opentelemetry::global::meter("xinjian")
            .i64_gauge("auth.keys.age")
            .with_unit("s")
            .with_description("Time since the keys for tokens were read last from where they are published")
            .build();
        // Apart: an issuer that is slow to answer must not keep what is revoked in force.
        let keys = async {
            while !shutdown.has_begun() {
                self.look_for_keys(&age).await;
                pause(shutdown).await;
            }
        };
        let lists = async {
            let mut told = [None, None];
            while !shutdown.has_begun() {
                self.look_at_lists(&mut told);
                pause(shutdown).await;
            }
        };
        tokio::join!(keys, lists);
    }

    async fn look_for_keys(&self, age: &Gauge<i64>) {
        let now = self.clock.now();
        self.keys.ring().refresh(now).await;
        if let Some(seconds) = self.keys.ring().age_seconds(now) {
            age.record(seconds, &[]);
        }
    }

    /// `told`: the failures that the log knows already.
    fn look_at_lists(&self, told: &mut [Option<String>; 2]) {
        let changed = [
            noted(self.keys.revoked().look_again(), &mut told[0]),
            noted(self.accounts.look_again(), &mut told[1]),
        ];
        if changed.contains(&true) {
            self.changes.fetch_add(1, Ordering::Release);
            tracing::info!("revocations or service accounts have changed and are in force");
        }
    }

    /// How well the keys are known.
    pub fn supply(&self) -> Supply {
        self.keys.ring().supply()
    }

    /// Whether a refusal may be one no more once the issuer was asked.
    pub(super) fn may_learn(&self, denied: &Denied) -> bool {
        let for_want_of_a_key =
            matches!(denied, Denied::KeysMissing | Denied::TokenInvalid(TokenProblem::UnknownKey(_)));
        for_want_of_a_key && self.keys.ring().can_learn()
    }

    /// Asks the issuer for keys, unless it was asked a moment ago.
    pub(super) async fn learn(&self) {
        self.keys.ring().learn(self.clock.now()).await;
    }
}

async fn pause(shutdown: &Shutdown) {
    tokio::select! {
        () = shutdown.begun() => {}
        () = tokio::time::sleep(LOOK_EVERY) => {}
    }
}

/// Whether something has changed; a failure is logged when it is another than the last.
fn noted<E: Display>(looked: Result<bool, E>, told: &mut Option<String>) -> bool {
    match looked {
        Ok(changed) => {
            *told = None;
            changed
        }
        Err(problem) => {
            let problem = problem.to_string();
            if told.as_ref() != Some(&problem) {
                tracing::warn!(error = %problem, "{problem}; what was read before stays in force");
            }
            *told = Some(problem);
            false
        }
    }
}
