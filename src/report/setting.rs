//! The keys of a spec beside those that the paper's tables vary: which runs were made alike, and how others differ.

use crate::run::relevance::normalised;
use crate::run::spec::{DataSpec, LexiconOptions, OptionsSpec, RunSpec, SystemKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Whether `spec` was run as `setting` says: equal in every key but those that rows of the paper's tables differ in
/// (system, corpus, framework, encoder, character features, CRF, vectors, dropout on or off), the seed, the thread count and keys
/// that have no effect in the run. A system that reads a vocabulary, and a network that is part of it, may have a setting of its own: such a run
/// is also in every setting in which its data is treated alike, if its system's options are the usual ones, whatever the
/// vocabulary.
pub fn in_setting(spec: &RunSpec, setting: &RunSpec) -> bool {
    if has_usual_options(spec) && spec.data == (DataSpec { corpus: spec.data.corpus.clone(), ..setting.data.clone() }) {
        return true;
    }
    let mut expected = setting.clone();
    (expected.seed, expected.system) = (spec.seed, spec.system);
    expected.train.threads = spec.train.threads;
    expected.data.corpus.clone_from(&spec.data.corpus);
    expected.embedding.name.clone_from(&spec.embedding.name);
    let (model, of) = (&mut expected.model, &spec.model);
    model.framework = of.framework;
    model.encoder = of.encoder;
    model.crf = of.crf;
    if of.char_cnn.is_none() || model.char_cnn.is_none() {
        model.char_cnn.clone_from(&of.char_cnn);
    }
    if spec.dropout.rate == 0.0 || setting.dropout.rate == 0.0 {
        expected.dropout = spec.dropout.clone();
    }
    expected == *spec || (!differ_for_sure(&expected, spec) && normalised(&expected) == normalised(spec))
}

/// Whether the run is of a system that reads a vocabulary, with the options that stand for the system in tables: those that it has by default,
/// but for the vocabulary, and `lexicon` with the mentions that its dictionary proposes (`experiments/lexicon.yaml`).
fn has_usual_options(spec: &RunSpec) -> bool {
    let vocabulary = spec.options.lexicon.vocabulary.clone();
    let lexicon = LexiconOptions { vocabulary, dictionary_mentions: spec.system == SystemKind::Lexicon, ..LexiconOptions::default() };
    let options = OptionsSpec { lexicon, ..OptionsSpec::default() };
    spec.system.has_vocabulary() && spec.options == options
}

/// Whether two specifications differ in one of the keys that have an effect in every run of a network and that experiments vary most: normalising
/// takes as long as hundreds of such comparisons, and each run is compared with many.
fn differ_for_sure(one: &RunSpec, other: &RunSpec) -> bool {
    let train =
        |spec: &RunSpec| (spec.train.optimizer, spec.train.learning_rate, spec.train.epochs, spec.train.batch, spec.train.clip_norm);
    let neural = one.system == SystemKind::Neural && other.system == SystemKind::Neural;
    neural
        && (train(one) != train(other) || one.tags != other.tags || one.vocabulary != other.vocabulary || one.embedding != other.embedding)
}

/// The setting that most of `specs` were run in; of equals the first in the order of their keys' text. It is the one that
/// the paper's tables show when no experiment file names another.
pub fn commonest<'a>(specs: impl IntoIterator<Item = &'a RunSpec>) -> Option<RunSpec> {
    // A setting is one of networks.
    let specs: Vec<&RunSpec> = specs.into_iter().filter(|spec| spec.system == SystemKind::Neural).collect();
    let mut candidates: Vec<&RunSpec> = Vec::new();
    for spec in &specs {
        if !candidates.iter().any(|c| in_setting(spec, c) && in_setting(c, spec)) {
            candidates.push(spec);
        }
    }
    candidates
        .into_iter()
        .map(|c| (specs.iter().filter(|s| in_setting(s, c)).count(), flat(c), c))
        .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
        .map(|(_, _, c)| c.clone())
}

/// Every key with its dotted path and its value as YAML would show it, sorted.
pub fn flat(spec: &RunSpec) -> BTreeMap<String, String> {
    flat_values(&spec.values())
}

/// The keys that are part of a run's identity: a key of a later revision is not there while it has its first value.
pub fn flat_stored(spec: &RunSpec) -> BTreeMap<String, String> {
    flat_values(&spec.stored())
}

fn flat_values(values: &Value) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    walk("", values, &mut keys);
    keys
}

fn walk(path: &str, value: &Value, keys: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, member, keys);
            }
        }
        Value::String(text) => {
            keys.insert(path.to_owned(), text.clone());
        }
        other => {
            keys.insert(path.to_owned(), other.to_string());
        }
    }
}

/// Keys in which `spec` differs from `from`, as `key=value`.
pub fn differences(spec: &BTreeMap<String, String>, from: &BTreeMap<String, String>) -> Vec<String> {
    spec.iter().filter(|(k, v)| from.get(*k) != Some(v)).map(|(k, v)| format!("{k}={v}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::keys::{KEYS, any_spec, samples};
    use crate::run::relevance::{InactiveKey, inactive_keys, pointer};
    use crate::run::spec::{Encoder, Framework, HeadDirections, Hidden, Schedule, first_values};
    use proptest::prelude::*;

    /// What rows of the paper's tables differ in, and what never counts.
    const FREE: [&str; 9] = [
        "system",
        "data.corpus",
        "embedding.name",
        "model.framework",
        "model.encoder",
        "model.crf",
        "dropout.rate",
        "train.threads",
        "seed",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// One key changed in the setting: the run is still in it exactly where that key has no effect in the run.
        #[test]
        fn a_setting_and_the_rules_of_inactive_keys_agree_on_every_key(choose in proptest::collection::vec(0usize..100, KEYS.len())) {
            let spec = normalised(&any_spec(&choose));
            let (inactive, own) = (inactive_keys(&spec), spec.values());
            prop_assert!(in_setting(&spec, &spec));
            // Such a run is in settings of other networks too.
            prop_assume!(!has_usual_options(&spec));
            for key in KEYS.iter().filter(|key| !FREE.contains(&key.path)) {
                let pointer = pointer(key.path);
                let Some(now) = own.pointer(&pointer) else { continue };
                for other in samples(key.kind).into_iter().filter(|other| other != now) {
                    let mut values = own.clone();
                    *values.pointer_mut(&pointer).unwrap() = other.clone();
                    let setting = RunSpec::from_values(values).unwrap();
                    // Of a network with one task these two choose alike.
                    let alike = key.path == "train.select" && normalised(&setting) == spec;
                    // Or it is so in the setting, whose value says no more than the first one does.
                    let is_among = |inactive: &[InactiveKey]| inactive.iter().any(|other| other.path == key.path);
                    let in_vain = is_among(&inactive_keys(&setting)) && first_values().pointer(&pointer) == Some(now);
                    let expected = alike || in_vain || is_among(&inactive);
                    prop_assert_eq!(in_setting(&spec, &setting), expected, "{}: {} in {}", key.path, other, own);
                }
            }
        }

        /// Every row of the paper's tables, planned within a setting, is in it.
        #[test]
        fn rows_of_a_study_are_in_its_setting(choose in proptest::collection::vec(0usize..100, KEYS.len()), row: [usize; 6]) {
            let setting = any_spec(&choose);
            let mut run = setting.clone();
            let frameworks = [Framework::Pipeline, Framework::Mtl, Framework::MtlMenFeedback, Framework::MtlBothFeedback];
            run.model.framework = frameworks[row[0] % 4];
            run.model.encoder = [Encoder::Bilstm, Encoder::Idcnn][row[1] % 2];
            run.model.crf = row[2] % 2 == 0;
            if row[3] % 2 == 0 {
                run.model.char_cnn = None;
            }
            if row[4] % 2 == 0 {
                run.dropout.rate = 0.0;
            }
            run.seed = row[5] as u64;
            prop_assert!(in_setting(&normalised(&run), &setting));
        }
    }

    #[test]
    fn a_key_without_effect_takes_no_run_out_of_its_setting() {
        let changed = |change: &dyn Fn(&mut RunSpec)| {
            let mut spec = RunSpec::default();
            change(&mut spec);
            spec
        };
        let row = |setting: &RunSpec, change: &dyn Fn(&mut RunSpec)| {
            let mut spec = setting.clone();
            change(&mut spec);
            normalised(&spec)
        };
        let asynchronous = changed(&|s| s.train.schedule = Schedule::Asynchronous);
        let pipeline = row(&asynchronous, &|s| s.model.framework = Framework::Pipeline);
        assert_eq!(pipeline.train.schedule, Schedule::Synchronous);
        assert!(in_setting(&pipeline, &asynchronous));
        assert!(!in_setting(&RunSpec::default(), &asynchronous));

        let summed = changed(&|s| s.model.head.directions = HeadDirections::Sum);
        assert!(in_setting(&row(&summed, &|s| s.model.encoder = Encoder::Idcnn), &summed));

        let whole_characters = changed(&|s| s.dropout.characters = false);
        assert!(in_setting(&row(&whole_characters, &|s| s.model.char_cnn = None), &whole_characters));

        let one_layer = changed(&|s| (s.model.layers, s.dropout.between_layers) = (1, true));
        assert!(in_setting(&row(&one_layer, &|_| ()), &one_layer));
        assert!(!in_setting(&row(&one_layer, &|s| s.model.hidden = Hidden::Units(7)), &one_layer));
    }
}
