//! Every key of a run's specification: its path, what it may hold, and what it means. Errors, `--set` and the schema are
//! made from this one list; a test holds it to `RunSpec`.

use std::fmt;

/// One leaf of the specification.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Dotted, as in `model.head.layers`.
    pub path: &'static str,
    pub kind: Kind,
    pub about: &'static str,
}

/// What a key may hold. `Display` completes "expected ...".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Flag,
    /// A whole number within these bounds, both included.
    Whole(u64, u64),
    WholeOrNull(u64, u64),
    /// That word, or a whole number.
    WordOrWhole(&'static str, u64, u64),
    Wholes(u64, u64),
    Real(Interval),
    RealOrNull(Interval),
    OneOf(&'static [&'static str]),
    /// A name of the registry's corpora, or one that the experiment file defines.
    Corpus,
    Embedding,
    /// A list of names, none twice.
    Names,
}

/// An interval of real numbers; `open` bounds are not part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub open_low: bool,
    pub high: f64,
    pub open_high: bool,
}

impl Interval {
    /// False for NaN.
    pub fn contains(&self, x: f64) -> bool {
        (x > self.low || (x == self.low && !self.open_low)) && (x < self.high || (x == self.high && !self.open_high))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let from = if self.open_low { "a number above" } else { "a number from" };
        let to = if self.open_high { "to below" } else { "to" };
        write!(f, "{from} {} {to} {}", self.low, self.high)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Kind::Flag => f.write_str("`true` or `false`"),
            Kind::Whole(from, to) if *to == u64::MAX => write!(f, "a whole number, {from} or more"),
            Kind::Whole(from, to) => write!(f, "a whole number from {from} to {to}"),
            Kind::WholeOrNull(from, to) => write!(f, "`null` or a whole number from {from} to {to}"),
            Kind::WordOrWhole(word, from, to) => write!(f, "`{word}` or a whole number from {from} to {to}"),
            Kind::Wholes(from, to) => write!(f, "a list of whole numbers from {from} to {to}"),
            Kind::Real(interval) => write!(f, "{interval}"),
            Kind::RealOrNull(interval) => write!(f, "`null` or {interval}"),
            Kind::OneOf(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                match &words[..] {
                    [first, second] => write!(f, "{first} or {second}"),
                    _ => write!(f, "one of {}", words.join(", ")),
                }
            }
            Kind::Corpus => f.write_str("the name of a corpus"),
            Kind::Embedding => f.write_str("the name of an embedding"),
            Kind::Names => f.write_str("a list of one or more names, none twice"),
        }
    }
}

/// Sections that may be `null`: the part of the model is then left out.
pub const OPTIONAL_SECTIONS: [&str; 1] = ["model.char_cnn"];

/// The key of this path.
pub fn key(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Whether keys lie under this path; the top, "", is a section too.
pub fn is_section(path: &str) -> bool {
    path.is_empty() || KEYS.iter().any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// The names directly under a section, in the order of the list.
pub fn names_under(section: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for key in KEYS {
        let rest = match section {
            "" => Some(key.path),
            _ => key.path.strip_prefix(section).and_then(|rest| rest.strip_prefix('.')),
        };
        if let Some(name) = rest.and_then(|rest| rest.split('.').next())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

const fn open(low: f64, high: f64) -> Interval {
    Interval { low, open_low: true, high, open_high: false }
}

const fn half_open(low: f64, high: f64) -> Interval {
    Interval { low, open_low: false, high, open_high: true }
}

const fn closed(low: f64, high: f64) -> Interval {
    Interval { low, open_low: false, high, open_high: false }
}

const fn entry(path: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { path, kind, about }
}

#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    entry("data.corpus", Kind::Corpus, "corpus that the run is trained and scored on"),
    entry("data.entity_types", Kind::Names, "types that are recognised; mentions of other types are dropped"),
    entry("data.train_on", Kind::OneOf(&["train", "train+dev"]), "splits that the network is trained on"),
    entry("data.limit", Kind::WholeOrNull(1, 1_000_000), "use only the first so many documents of each split"),
    entry("tags.mer", Kind::OneOf(&["iob2", "bioes"]), "tag scheme of recognition"),
    entry("tags.men", Kind::OneOf(&["bare", "iob2", "part"]), "tag scheme of normalization"),
    entry("tags.no_concept", Kind::OneOf(&["outside", "tag"]), "what normalization says of a mention without concept"),
    entry("tags.composite", Kind::OneOf(&["whole", "first"]), "how a mention of several concepts is tagged"),
    entry("vocabulary.test_words", Kind::OneOf(&["pretrained", "unknown"]), "vector of a word that training has not seen"),
    entry("vocabulary.unknown", Kind::OneOf(&["singletons", "fixed"]), "how the unknown word's vector is had"),
    entry("embedding.name", Kind::Embedding, "word vectors that the network starts from"),
    entry("embedding.trainable", Kind::Flag, "whether training moves the word vectors"),
    entry("embedding.lookup", Kind::OneOf(&["exact-then-lower", "exact"]), "how a word finds its vector"),
    entry("model.framework", Kind::OneOf(&["pipeline", "mtl", "mtl-men-feedback", "mtl-mer-feedback", "mtl-both-feedback"]), "what the two tasks share and tell each other"),
    entry("model.encoder", Kind::OneOf(&["bilstm", "idcnn"]), "network between the words and the heads"),
    entry("model.layers", Kind::Whole(1, 16), "layers of the stacked Bi-LSTM"),
    entry("model.hidden", Kind::WordOrWhole("embedding", 1, 4096), "width of the LSTM per direction; `embedding` is the vectors' dimension"),
    entry("model.char_cnn.dim", Kind::Whole(1, 1024), "dimension of a character's vector"),
    entry("model.char_cnn.filters", Kind::Whole(1, 1024), "filters of the convolution over characters"),
    entry("model.char_cnn.window", Kind::Whole(1, 15), "characters that a filter sees"),
    entry("model.idcnn.filters", Kind::Whole(1, 4096), "filters of a dilated layer"),
    entry("model.idcnn.window", Kind::Whole(1, 15), "tokens that a filter sees, an odd number"),
    entry("model.idcnn.dilations", Kind::Wholes(1, 256), "dilation of each layer of the block"),
    entry("model.idcnn.iterations", Kind::Whole(1, 64), "how often the block is applied"),
    entry("model.crf", Kind::Flag, "a linear-chain CRF over each head's emissions"),
    entry("model.crf_feedback", Kind::OneOf(&["emissions", "marginals"]), "what a head with a CRF feeds to the other"),
    entry("model.head.layers", Kind::OneOf(&["linear", "hidden"]), "layers of a head"),
    entry("model.head.directions", Kind::OneOf(&["concat", "sum"]), "how the two directions meet in a head"),
    entry("model.feedback.value", Kind::OneOf(&["log_prob", "prob"]), "what a head feeds to the other"),
    entry("model.feedback.rounds", Kind::WordOrWhole("store", 1, 8), "how often the heads are computed"),
    entry("model.init", Kind::OneOf(&["glorot", "pytorch"]), "how parameters start"),
    entry("dropout.rate", Kind::Real(half_open(0.0, 1.0)), "probability of dropping a value"),
    entry("dropout.characters", Kind::Flag, "dropout on the character vectors"),
    entry("dropout.input", Kind::Flag, "dropout on the encoder's input"),
    entry("dropout.output", Kind::Flag, "dropout on the encoder's output"),
    entry("dropout.between_layers", Kind::Flag, "dropout between the layers of the stack"),
    entry("train.optimizer", Kind::OneOf(&["sgd", "adam"]), "optimizer"),
    entry("train.learning_rate", Kind::Real(open(0.0, 10.0)), "step size at the start"),
    entry("train.momentum", Kind::Real(half_open(0.0, 1.0)), "momentum of SGD"),
    entry("train.lr_decay", Kind::OneOf(&["none", "inverse"]), "how the step size falls"),
    entry("train.epochs", Kind::Whole(1, 10_000), "epochs"),
    entry("train.batch", Kind::Whole(1, 4096), "sentences a step"),
    entry("train.schedule", Kind::OneOf(&["synchronous", "asynchronous"]), "whether a step takes both losses or one task's"),
    entry("train.epoch", Kind::OneOf(&["tasks-times-sentences", "sentences"]), "draws of an asynchronous epoch"),
    entry("train.sampling", Kind::OneOf(&["shuffled", "with-replacement"]), "how sentences are drawn"),
    entry("train.select", Kind::OneOf(&["best-dev", "last", "best-dev-per-task"]), "epoch whose parameters are scored"),
    entry("train.task_weights.mer", Kind::Real(closed(0.0, 1000.0)), "weight of recognition's loss"),
    entry("train.task_weights.men", Kind::Real(closed(0.0, 1000.0)), "weight of normalization's loss"),
    entry("train.loss_reduction", Kind::OneOf(&["sum", "mean-tokens", "mean-sentences"]), "how a batch's losses become one"),
    entry("train.clip_norm", Kind::RealOrNull(open(0.0, 1e6)), "gradient norm above which a step is scaled down"),
    entry("train.threads", Kind::Whole(1, 2), "threads of one run"),
    entry("seed", Kind::Whole(0, u64::MAX), "seed of the run's random numbers"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::spec::RunSpec;
    use serde_json::Value;

    fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    leaves(value, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, out);
                }
            }
            _ => out.push(path.to_owned()),
        }
    }

    /// `RunSpec::default()` with one leaf replaced.
    fn with(path: &str, value: Value) -> Result<RunSpec, serde_json::Error> {
        let mut json = serde_json::to_value(RunSpec::default()).unwrap();
        let pointer = format!("/{}", path.replace('.', "/"));
        *json.pointer_mut(&pointer).unwrap() = value;
        serde_json::from_value(json)
    }

    #[test]
    fn the_list_has_exactly_the_leaves_of_the_specification() {
        let mut expected = Vec::new();
        leaves(&serde_json::to_value(RunSpec::default()).unwrap(), "", &mut expected);
        let listed: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
        assert_eq!(listed, expected);
    }

    #[test]
    fn the_words_of_a_choice_are_those_that_the_specification_reads() {
        for key in KEYS {
            let Kind::OneOf(words) = key.kind else { continue };
            let message = with(key.path, "no such word".into()).unwrap_err().to_string();
            let known: Vec<&str> = message.split('`').skip(1).step_by(2).skip(1).collect();
            assert_eq!(words, &known[..], "{}: {message}", key.path);
        }
    }

    #[test]
    fn bounds_of_numbers_are_read_by_the_specification() {
        for key in KEYS {
            let ends: Vec<Value> = match key.kind {
                Kind::Whole(a, b) => vec![a.into(), b.into()],
                Kind::WholeOrNull(a, b) => vec![Value::Null, a.into(), b.into()],
                Kind::WordOrWhole(word, a, b) => vec![word.into(), a.into(), b.into()],
                Kind::Real(interval) => vec![interval.low.into(), interval.high.into()],
                Kind::RealOrNull(interval) => vec![Value::Null, interval.high.into()],
                _ => continue,
            };
            for end in ends {
                assert!(with(key.path, end.clone()).is_ok(), "{}: {end}", key.path);
            }
        }
    }
}
