//! What `mermen report SPEC` notes of the corpora in the data folder, so that the report can be drawn again without them: the counts of Table 1, and
//! the published predictions of others, scored here.

use crate::corpus::normalise;
use crate::corpus::statistics::corpus_statistics;
use crate::evaluate::{Gold, joined_by_id};
use crate::registry::{Registry, RegistryError, SplitName, load_corpus, load_corpus_raw, published_predictions};
use crate::report::{CorpusCounts, Rescored, note_corpora};
use std::path::Path;

const CORPORA: [&str; 2] = ["bc5cdr", "ncbi-disease"];

/// Counts and scores what the data folder has; what it lacks is left as it was noted before.
pub fn note(data_dir: &Path, reports: &Path) -> anyhow::Result<()> {
    let registry = Registry::built_in()?;
    let (mut counts, mut rescored) = (Vec::new(), Vec::new());
    for name in CORPORA {
        let raw = match load_corpus_raw(name, data_dir) {
            Err(RegistryError::Missing { .. }) => continue,
            other => other?,
        };
        let rule = registry.corpus(name)?.normalisation;
        let statistics = corpus_statistics(name, [&raw.train, &raw.dev, &raw.test], rule);
        let of = |entity_type: &str| statistics.table1.get(entity_type);
        let mentions = |entity_type: &str| of(entity_type).map_or(0, |t| t.mentions_without_repeated_documents as u64);
        counts.push(CorpusCounts {
            corpus: name.to_owned(),
            sha256: raw.sha256.clone(),
            articles: statistics.splits.iter().map(|s| s.documents as u64).sum(),
            disease_mentions: mentions("Disease"),
            chemical_mentions: mentions("Chemical"),
            concepts: of("Disease").map_or(0, |t| t.concept_ids as u64),
        });
        for published in published_predictions(name, data_dir)?.into_iter().filter(|published| published.split == SplitName::Test) {
            let gold = Gold::new(&load_corpus(name, data_dir)?.test, &["Disease".to_owned()]);
            let mut predicted = joined_by_id(published.documents);
            normalise(&mut predicted, rule);
            let predicted = &predicted;
            rescored.push(Rescored {
                mention: gold.mentions(predicted).kit,
                concept: gold.concepts(predicted).kit,
                documents: gold.by_document(predicted, predicted),
                system: published.system,
                corpus: name.to_owned(),
                source: published.title,
                sha256: published.sha256,
            });
        }
    }
    Ok(note_corpora(reports, &counts, &rescored)?)
}
