//! What becomes of classes that were computed again: which take effect at once, and which wait.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::MicrosUtc;

use super::class_row::StoredClass;
use super::waiting::{ClassKey, Waiting};
use crate::domain::class::Class;
use crate::domain::combine::effect::{DAY, MARK, MODEL, RUN, Verdict, Why};
use crate::domain::engine::Engine;
use crate::domain::model::PROVINCIAL;

/// What has happened to an enterprise since it was scored last.
#[derive(Clone, Debug, Default)]
pub(super) struct What {
    /// Triggers, as the combination names them.
    pub(super) kinds: BTreeSet<String>,
    /// The event that told it last.
    pub(super) cause: String,
}

/// The same for many, by credit code.
pub(super) type Happened = BTreeMap<String, What>;

/// What becomes of classes.
#[derive(Default)]
pub(super) struct Changes {
    /// To write.
    pub(super) written: Vec<StoredClass>,
    /// To remove: the enterprise left the field.
    pub(super) ended: Vec<StoredClass>,
    /// To tell: as it stands now, and the combined class before.
    pub(super) told: Vec<(StoredClass, String)>,
    /// Overrides that somebody must look at again: the class beside them, or its floor, got riskier.
    pub(super) triggered: Vec<String>,
    /// Results that wait from now on (`Some`), or wait no longer.
    pub(super) waiting: BTreeMap<ClassKey, Option<Waiting>>,
}

/// Judges results: by what happened, and by what waited before.
pub(super) struct Judge<'a> {
    pub(super) engine: &'a Engine,
    pub(super) happened: &'a Happened,
    pub(super) waited: BTreeMap<ClassKey, Waiting>,
    /// Whether this is the approval of a run, which lets everything take effect.
    pub(super) approved: bool,
    pub(super) today: NaiveDate,
    pub(super) now: MicrosUtc,
}

impl Judge<'_> {
    /// Holds computed classes against those in effect.
    pub(super) fn changes(
        &self,
        mut before: BTreeMap<ClassKey, StoredClass>,
        classes: Vec<Class>,
        fresh: impl Fn(Class) -> StoredClass,
    ) -> Changes {
        let mut changes = Changes::default();
        let computed = classes.iter().map(|class| (class.uscc.clone(), class.field.clone()));
        // What waits where there is neither a class nor anything to compute is about nothing any more.
        let seen: BTreeSet<ClassKey> = computed.chain(before.keys().cloned()).collect();
        for class in classes {
            let key = (class.uscc.clone(), class.field.clone());
            self.computed(&mut changes, key.clone(), before.remove(&key), fresh(class));
        }
        for (key, ended) in before {
            self.ended(&mut changes, key, ended);
        }
        for key in self.waited.keys().filter(|key| !seen.contains(*key)) {
            changes.waiting.insert(key.clone(), None);
        }
        changes
    }

    fn computed(
        &self,
        changes: &mut Changes,
        key: ClassKey,
        earlier: Option<StoredClass>,
        mut now: StoredClass,
    ) {
        let Some(earlier) = earlier else {
            let verdict = self.verdict(&now.class.uscc, None, None, true);
            if self.takes_effect(changes, key, &now.class, &verdict) {
                now.effect = self.by_line(verdict.why);
                changes.told.push((now.clone(), String::new()));
                changes.written.push(now);
            }
            return;
        };
        if same_result(&earlier.class, &now.class) && earlier.over == now.over {
            self.waits_no_longer(changes, key);
            return;
        }
        now.effect = earlier.effect.clone().and_then(|why| self.by_line(why));
        if let Some(worse) = gets_worse(self.engine, &earlier.class, &now.class) {
            let verdict = self.verdict(&key.0, Some(&earlier.class), Some(&now.class), worse);
            if !self.takes_effect(changes, key, &now.class, &verdict) {
                return;
            }
            now.effect = self.by_line(verdict.why);
        } else {
            self.waits_no_longer(changes, key);
        }
        now.revision = earlier.revision + 1;
        now.objected = earlier.objected;
        let scheme = &self.engine.combiner().scheme;
        let riskier = |of: fn(&Class) -> &str| scheme.rank(of(&now.class)) > scheme.rank(of(&earlier.class));
        if riskier(|class| &class.code) || riskier(|class| &class.floor_code) {
            changes.triggered.extend(now.over.as_ref().map(|over| over.id.clone()));
        }
        let code_before = earlier.code_on(self.today);
        if earlier.class.same_codes(&now.class) && code_before == now.code_on(self.today) {
            now.effective_at = earlier.effective_at;
        } else {
            changes.told.push((now.clone(), code_before.to_owned()));
        }
        changes.written.push(now);
    }

    fn ended(&self, changes: &mut Changes, key: ClassKey, ended: StoredClass) {
        let told = ended.ended();
        let verdict = self.verdict(&key.0, None, None, false);
        if self.takes_effect(changes, key, &told.class, &verdict) {
            changes.told.push((told, ended.code_on(self.today).to_owned()));
            changes.ended.push(ended);
        }
    }

    /// Whether a result takes effect; notes it as waiting otherwise. A less risky class that waits already goes on to wait, whatever
    /// else has happened: that gave the same.
    fn takes_effect(&self, changes: &mut Changes, key: ClassKey, now: &Class, verdict: &Verdict) -> bool {
        let waits_already = self.waited.get(&key).filter(|waited| waited.says(now));
        // That a run was reviewed meanwhile is nothing else: a riskier class waits by a line that wants it reviewed itself.
        let by_a_run = |waited: &Waiting| verdict.why.trigger == RUN && waited.why.worse;
        let lets = |waited: &Waiting| verdict.at_once && verdict.why.worse && !by_a_run(waited);
        if waits_already.is_some_and(|waited| !lets(waited)) && !self.approved {
            return false;
        }
        if verdict.at_once {
            self.waits_no_longer(changes, key);
        } else {
            changes.waiting.insert(key, Some(Waiting::of(now, self.now, verdict.why.clone())));
        }
        verdict.at_once
    }

    fn waits_no_longer(&self, changes: &mut Changes, key: ClassKey) {
        if self.waited.contains_key(&key) {
            changes.waiting.insert(key, None);
        }
    }

    /// The line, as it is kept with a class: one that an approved run gives took effect by none.
    fn by_line(&self, why: Why) -> Option<Why> {
        (!self.approved).then_some(why)
    }

    /// By which line of the combination a result takes effect or waits. Without a class before or afterwards the enterprise came into
    /// the field or left it. Where the models are others, only what the combination names lets a result take effect beside that.
    fn verdict(&self, uscc: &str, earlier: Option<&Class>, now: Option<&Class>, worse: bool) -> Verdict {
        let effects = &self.engine.combiner().effects;
        if self.approved {
            let why = effects.decide(&[RUN.to_owned()].into(), worse).why;
            return Verdict { at_once: true, why };
        }
        let mut kinds = self.happened.get(uscc).map(|what| what.kinds.clone()).unwrap_or_default();
        // What came while a run was reviewed goes by its own lines, where these are known.
        if kinds.len() > 1 {
            kinds.remove(RUN);
        }
        // The province's classes of everybody may end on one day: what that makes riskier is looked at as a whole, whatever else the day
        // brings, in other fields or with a version that has begun.
        if let (Some(earlier), Some(now)) = (earlier, now)
            && worse
            && stand_in_ended(earlier, now)
            && kinds.remove(DAY)
        {
            kinds.insert(PROVINCIAL.to_owned());
        }
        match (earlier, now) {
            (Some(earlier), Some(now)) if !earlier.detail.same_versions(&now.detail) => {
                kinds.retain(|kind| effects.names(kind));
                kinds.insert(MODEL.to_owned());
            }
            (Some(_), Some(_)) => {}
            _ => {
                kinds.insert(MARK.to_owned());
            }
        }
        effects.decide(&kinds, worse)
    }
}

/// Whether the class gets riskier; `None` where all codes stay. The combined class decides; where it stays, one part that gets
/// riskier is enough.
fn gets_worse(engine: &Engine, earlier: &Class, now: &Class) -> Option<bool> {
    if earlier.same_codes(now) {
        return None;
    }
    let scheme = &engine.combiner().scheme;
    let rank = |of: fn(&Class) -> &str| (scheme.rank(of(earlier)), scheme.rank(of(now)));
    let (before, after) = rank(|class| &class.code);
    if before != after {
        return Some(after > before);
    }
    let (general_before, general_after) = rank(|class| &class.general_code);
    let grades = engine.professional(&now.field).map(|scorer| &scorer.model().scheme);
    let grade = |class: &Class| grades.and_then(|scheme| scheme.rank(&class.professional_code));
    Some(general_after > general_before || grade(now) > grade(earlier))
}

/// Whether the class by the province that spoke before says nothing now.
fn stand_in_ended(earlier: &Class, now: &Class) -> bool {
    earlier.detail.stand_in.is_some() && now.detail.stand_in.is_none()
}

/// Whether nothing but the day differs.
fn same_result(earlier: &Class, now: &Class) -> bool {
    *earlier == Class { as_of: earlier.as_of, ..now.clone() }
}
