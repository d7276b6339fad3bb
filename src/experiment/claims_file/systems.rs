//! Which runs a claim speaks of.

use crate::run::relevance::pointer;
use crate::run::spec::{Encoder, Framework, RunSpec, Schedule, SystemKind};
use serde_json::Value;

/// A set of systems: the keys that it names must agree with a run's spec, the others may be anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Systems {
    /// What reports call it, where an experiment's own claim names a run by its label.
    pub label: Option<String>,
    pub framework: Option<Framework>,
    pub encoder: Option<Encoder>,
    pub char_cnn: Option<bool>,
    pub crf: Option<bool>,
    /// Name in the registry.
    pub embedding: Option<String>,
    /// Whether the rate is above 0.
    pub dropout: Option<bool>,
    pub schedule: Option<Schedule>,
    /// Other dotted keys of the run spec, with the values that they must have.
    pub with: Vec<(String, Value)>,
}

/// Values over which a comparison is repeated; an empty list leaves the key as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Across {
    pub framework: Vec<Framework>,
    pub char_cnn: Vec<bool>,
    pub crf: Vec<bool>,
    pub embedding: Vec<String>,
}

impl Systems {
    pub fn matches(&self, spec: &RunSpec) -> bool {
        fn agrees<T: PartialEq>(wanted: &Option<T>, is: T) -> bool {
            wanted.as_ref().is_none_or(|wanted| *wanted == is)
        }
        // Claims are about networks.
        spec.system == SystemKind::Neural
            && agrees(&self.framework, spec.model.framework)
            && agrees(&self.encoder, spec.model.encoder)
            && agrees(&self.char_cnn, spec.model.char_cnn.is_some())
            && agrees(&self.crf, spec.model.crf)
            && self.embedding.as_ref().is_none_or(|name| *name == spec.embedding.name)
            && agrees(&self.dropout, spec.dropout.rate > 0.0)
            && agrees(&self.schedule, spec.train.schedule)
            && self.with.iter().all(|(key, value)| value_of(spec, key).as_ref() == Some(value))
    }

    /// What a run in this setting is, as far as claims leave it open: encoder, embedding, dropout or none, schedule.
    pub fn of_setting(setting: &RunSpec) -> Self {
        Self {
            encoder: Some(setting.model.encoder),
            embedding: Some(setting.embedding.name.clone()),
            dropout: Some(setting.dropout.rate > 0.0),
            schedule: Some(setting.train.schedule),
            ..Self::default()
        }
    }

    /// These systems; what they leave open is taken from `base`.
    pub fn over(&self, base: &Systems) -> Systems {
        // What `with` pins is not left open.
        let open = |key: &str| !self.with.iter().any(|(pinned, _)| pinned == key);
        Systems {
            label: self.label.clone().or_else(|| base.label.clone()),
            framework: self.framework.or(base.framework.filter(|_| open("model.framework"))),
            encoder: self.encoder.or(base.encoder.filter(|_| open("model.encoder"))),
            char_cnn: self.char_cnn.or(base.char_cnn),
            crf: self.crf.or(base.crf.filter(|_| open("model.crf"))),
            embedding: self.embedding.clone().or_else(|| base.embedding.clone().filter(|_| open("embedding.name"))),
            dropout: self.dropout.or(base.dropout.filter(|_| open("dropout.rate"))),
            schedule: self.schedule.or(base.schedule.filter(|_| open("train.schedule"))),
            with: if self.with.is_empty() { base.with.clone() } else { self.with.clone() },
        }
    }

    /// Exactly the runs of this specification, among those that differ in `differing` (dotted keys).
    pub fn of_run(label: &str, spec: &RunSpec, differing: &[&str]) -> Self {
        let values = spec.values();
        let value = |key: &&str| Some(((*key).to_owned(), values.pointer(&pointer(key))?.clone()));
        Self {
            label: Some(label.to_owned()),
            framework: Some(spec.model.framework),
            char_cnn: Some(spec.model.char_cnn.is_some()),
            crf: Some(spec.model.crf),
            with: differing.iter().filter_map(value).collect(),
            ..Self::of_setting(spec)
        }
    }
}

fn value_of(spec: &RunSpec, key: &str) -> Option<Value> {
    spec.values().pointer(&pointer(key)).cloned()
}

impl Across {
    /// Every combination, the last key varying fastest; one empty set where no key is given.
    pub fn combinations(&self) -> Vec<Systems> {
        let mut all = vec![Systems::default()];
        vary(&mut all, &self.framework, |systems, value| systems.framework = Some(*value));
        vary(&mut all, &self.char_cnn, |systems, value| systems.char_cnn = Some(*value));
        vary(&mut all, &self.crf, |systems, value| systems.crf = Some(*value));
        vary(&mut all, &self.embedding, |systems, value| systems.embedding = Some(value.clone()));
        all
    }
}

fn vary<T>(all: &mut Vec<Systems>, values: &[T], set: impl Fn(&mut Systems, &T)) {
    if values.is_empty() {
        return;
    }
    *all = all
        .iter()
        .flat_map(|systems| {
            values.iter().map(|value| {
                let mut systems = systems.clone();
                set(&mut systems, value);
                systems
            })
        })
        .collect();
}
