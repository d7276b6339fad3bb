//! A system of your own, trained and scored on a corpus exactly as the runs of an experiment are: the same documents, types, normalisation
//! and scores.
//!
//! `cargo run --release --example own_system [CORPUS [DATA_FOLDER]]`, by default the small corpus under `data`.
//!
//! The system takes the last words of training's mentions for diseases wherever they end in a suffix, such as `-itis`, that training annotates
//! most of the time. CONTRIBUTING.md ("Add a system") says how such a system becomes one that experiment files may name.

use mermen::baseline::{System, SystemError, SystemInputs, SystemOutput, TrainedSystem, TrainingData, run_system};
use mermen::corpus::{Document, Mention, tokenize};
use mermen::evaluate::{Counts, Split, SurfaceDictionary};
use mermen::registry::load_corpus;
use mermen::run::spec::RunSpec;
use mermen::run::store::Store;
use mermen::train::Silent;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::path::Path;

/// Letters of a suffix.
const SUFFIX: usize = 4;

struct Suffixes;

struct TrainedSuffixes {
    suffixes: BTreeSet<String>,
    entity_type: String,
    concepts: SurfaceDictionary,
}

fn suffix(word: &str) -> Option<String> {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    (letters.len() > SUFFIX && letters.iter().all(|letter| letter.is_alphabetic()))
        .then(|| letters[letters.len() - SUFFIX..].iter().collect())
}

impl System for Suffixes {
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
        // Words by suffix: those that end a mention, and all.
        let mut counts: HashMap<String, (u32, u32)> = HashMap::new();
        for document in data.train {
            let ends: BTreeSet<usize> = document.mentions.iter().map(|mention| mention.end).collect();
            for token in tokenize(&document.text()) {
                if let Some(suffix) = suffix(&token.text) {
                    let count = counts.entry(suffix).or_default();
                    count.0 += u32::from(ends.contains(&token.end));
                    count.1 += 1;
                }
            }
        }
        let suffixes = counts.into_iter().filter(|(_, (ending, all))| 2 * ending > *all).map(|(suffix, _)| suffix).collect();
        let types = &data.spec.data.entity_types;
        Ok(Box::new(TrainedSuffixes {
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
                if !suffix(&token.text).is_some_and(|suffix| self.suffixes.contains(&suffix)) {
                    continue;
                }
                let mention = Mention { start: token.start, end: token.end, entity_type: self.entity_type.clone(), ..Mention::default() };
                // Normalization gives a concept or nothing.
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

    fn facts(&self) -> BTreeMap<String, f64> {
        BTreeMap::from([("suffixes".to_owned(), self.suffixes.len() as f64)])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let corpus = arguments.next().unwrap_or_else(|| "mini".to_owned());
    let folder = arguments.next().unwrap_or_else(|| "data".to_owned());
    let mut spec = RunSpec::default();
    spec.data.corpus = corpus.clone();
    // Where a system reads the predictions of another run, the store is where they are; this one reads none.
    let store = Store::new("runs", "reports/records");
    let inputs = SystemInputs { corpus: load_corpus(&corpus, Path::new(&folder))?, store: &store, lexicon: None };
    let (run, timing) = run_system(&Suffixes, &spec, inputs, &mut Silent)?;
    println!("{} suffixes, trained in {:.2} s", run.facts["suffixes"], timing.train_seconds);
    let row = |name: &str, counts: Counts| {
        println!("  {name:<8} precision {:.4}  recall {:.4}  F1 {:.4}", counts.precision(), counts.recall(), counts.f1())
    };
    for (split, scores) in [("dev", run.dev), ("test", run.test)] {
        let Some(scores) = scores else { continue };
        println!("{split}");
        row("mention", scores.mention.kit);
        row("concept", scores.concept.kit);
    }
    Ok(())
}
