//! The program `mermen` with systems of one's own: experiment files name them as `system: suffixes-3`, and their runs are planned, scored,
//! recorded, compared and drawn as any others are.
//!
//! ```text
//! cargo run --release --example own_system -- run examples/own_system.yaml
//! cargo run --release --example own_system -- compare RUN RUN
//! ```
//!
//! All subcommands are there. The plain program reads the records of these runs too, and says that it cannot train their systems.
//!
//! The system here takes the words of a text for mentions that end in a suffix, such as `-itis`, with which training's mentions end most of
//! the time that it is there. Copy this file into a crate of your own that depends on `mermen`, and write another.

use mermen::baseline::{System, SystemError, SystemOutput, Systems, TrainedSystem, TrainingData};
use mermen::corpus::{Document, Mention, tokenize};
use mermen::evaluate::{Split, SurfaceDictionary};
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

/// Registers the systems and is the program. Each run is made by this executable too, in a process of its own.
fn main() -> ExitCode {
    // A name stands for a system with its options: what differs has another name.
    let systems = [3, 4, 5]
        .into_iter()
        .try_fold(Systems::default(), |systems, letters| systems.with(&format!("suffixes-{letters}"), Suffixes { letters }));
    match systems {
        Ok(systems) => mermen::cli::run_with(systems),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The system: what it is before it has learned anything.
struct Suffixes {
    /// Letters of a suffix.
    letters: usize,
}

/// What it has learned.
struct TrainedSuffixes {
    letters: usize,
    suffixes: BTreeSet<String>,
    entity_type: String,
    concepts: SurfaceDictionary,
}

/// The last letters of a word that has more.
fn suffix(word: &str, letters: usize) -> Option<String> {
    let all: Vec<char> = word.to_lowercase().chars().collect();
    (all.len() > letters && all.iter().all(|letter| letter.is_alphabetic())).then(|| all[all.len() - letters..].iter().collect())
}

impl System for Suffixes {
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
        // Words by suffix: those that end a mention, and all.
        let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        for document in data.train {
            let ends: BTreeSet<usize> = document.mentions.iter().map(|mention| mention.end).collect();
            for token in tokenize(&document.text()) {
                if let Some(suffix) = suffix(&token.text, self.letters) {
                    let count = counts.entry(suffix).or_default();
                    count.0 += u32::from(ends.contains(&token.end));
                    count.1 += 1;
                }
            }
        }
        let suffixes = counts.into_iter().filter(|(_, (ending, all))| 2 * ending > *all).map(|(suffix, _)| suffix).collect();
        let types = &data.spec.data.entity_types;
        Ok(Box::new(TrainedSuffixes {
            letters: self.letters,
            suffixes,
            entity_type: types.first().cloned().unwrap_or_default(),
            concepts: SurfaceDictionary::of(data.train, types),
        }))
    }
}

impl TrainedSystem for TrainedSuffixes {
    fn predict(&self, _: Split, documents: &[Document]) -> Result<SystemOutput, SystemError> {
        let mut output = SystemOutput::default();
        for document in documents {
            let (mut mer, mut men) = (Vec::new(), Vec::new());
            for token in tokenize(&document.text()) {
                if !suffix(&token.text, self.letters).is_some_and(|suffix| self.suffixes.contains(&suffix)) {
                    continue;
                }
                let mention = Mention { start: token.start, end: token.end, entity_type: self.entity_type.clone(), ..Mention::default() };
                // A mention without a concept is recognised only.
                if let Some(concept) = self.concepts.concept_of(&token.text) {
                    men.push(Mention { concept: Some(concept.into()), ..mention.clone() });
                }
                mer.push(mention);
            }
            let of = |mentions| Document { id: document.id.clone(), mentions, ..Document::default() };
            output.mer.push(of(mer));
            output.men.push(of(men));
        }
        Ok(output)
    }

    /// Goes into the record of the run.
    fn facts(&self) -> BTreeMap<String, f64> {
        BTreeMap::from([("suffixes".to_owned(), self.suffixes.len() as f64)])
    }
}
