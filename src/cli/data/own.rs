//! Data of one's own, beside that of the registry: what an experiment file defines, and files of a corpus.

use crate::baseline::Systems;
use crate::cli::experiment_context::names;
use crate::corpus::{Document, Normalisation, ReadOptions, read_documents_with};
use crate::embedding;
use crate::experiment::lookup::{load_corpus, load_embedding_entry};
use crate::experiment::spec_file::{Experiment, load};
use crate::registry;
use crate::run::custom_corpus::CustomCorpus;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What is not a name of the registry.
pub(super) enum Own {
    Experiment(PathBuf, Box<Experiment>),
    File(PathBuf),
}

/// A corpus of one's own as its files have it.
pub(super) struct OwnCorpus {
    pub name: String,
    pub documents: OwnDocuments,
    pub notes: Vec<String>,
}

pub(super) enum OwnDocuments {
    /// Train, dev and test, and what is done to their ids.
    Splits([Vec<Document>; 3], Normalisation),
    /// Of one file, which is no split of anything.
    File(Vec<Document>),
}

/// Parts the arguments into one's own data and names. A file that is there is meant as one; of a name the registry decides.
///
/// # Errors
/// An experiment file that is wrong, or defines no data.
pub(super) fn split(arguments: &[String], systems: &Systems) -> anyhow::Result<(Vec<Own>, Vec<String>)> {
    let (mut own, mut of_registry) = (Vec::new(), Vec::new());
    for argument in arguments {
        let path = Path::new(argument);
        let is_spec = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_spec {
            let experiment = load(path, &names(systems), &[])?;
            if experiment.all_corpora().is_empty() && experiment.all_embeddings().is_empty() {
                anyhow::bail!("{argument} defines no corpus and no word vectors of its own: name those of the registry (`mermen data list`)");
            }
            own.push(Own::Experiment(path.to_owned(), Box::new(experiment)));
        } else if path.exists() && !registry::corpus_names().contains(argument) {
            own.push(Own::File(path.to_owned()));
        } else {
            of_registry.push(argument.clone());
        }
    }
    Ok((own, of_registry))
}

/// The corpora, with ids and types as their files have them.
///
/// # Errors
/// A file that is missing or cannot be read.
pub(super) fn corpora(own: &[Own]) -> anyhow::Result<Vec<OwnCorpus>> {
    let mut found = Vec::new();
    for one in own {
        match one {
            Own::Experiment(_, experiment) => {
                for (name, custom) in experiment.all_corpora() {
                    let rule = if custom.normalise_ids { Normalisation::Identifiers } else { Normalisation::None };
                    let as_read = CustomCorpus { normalise_ids: false, ..custom };
                    let corpus = load_corpus(&name, Some(&as_read), Path::new(""))?;
                    let documents = OwnDocuments::Splits([corpus.train, corpus.dev, corpus.test], rule);
                    found.push(OwnCorpus { name, documents, notes: corpus.notes });
                }
            }
            Own::File(path) => {
                let (documents, notes) = read_documents_with(path, &ReadOptions::default())?;
                let name = path.display().to_string();
                found.push(OwnCorpus { name, documents: OwnDocuments::File(documents), notes: notes.lines() });
            }
        }
    }
    Ok(found)
}

/// Writes a line for each corpus, file and set of vectors; gives how many are not what they should be.
///
/// # Errors
/// Never: what is wrong is a line.
pub(super) fn verify(own: &[Own], out: &mut String) -> anyhow::Result<usize> {
    let mut wrong = 0;
    let mut line = |what: String, result: Result<String, String>| {
        let _ = match result {
            Ok(found) => writeln!(out, "ok        {what} ({found})"),
            Err(why) => {
                wrong += 1;
                writeln!(out, "differs   {what}: {why}")
            }
        };
    };
    for one in own {
        match one {
            Own::Experiment(path, experiment) => {
                let path = path.display();
                for (name, custom) in experiment.all_corpora() {
                    let read = load_corpus(&name, Some(&custom), Path::new("")).map_err(chain);
                    let read = read.and_then(|corpus| {
                        let splits = [("train", &corpus.train), ("dev", &corpus.dev), ("test", &corpus.test)];
                        let types = &custom.entity_types;
                        let empty = splits.iter().find(|(_, documents)| !documents.iter().flat_map(|d| &d.mentions).any(|m| types.contains(&m.entity_type)));
                        match empty {
                            Some((split, _)) => Err(format!("its {split} split has no mention of type {}", types.join(", "))),
                            None => Ok(splits.map(|(split, documents)| format!("{split}: {}", counted(documents))).join("; ")),
                        }
                    });
                    line(format!("corpus {name} of {path}"), read);
                }
                for (name, embedding) in experiment.all_embeddings() {
                    let read = load_embedding_entry(&name, Some(&embedding), Path::new("")).map_err(chain);
                    let read = read.and_then(|entry| {
                        let (rows, _) = embedding::check(&entry.source, entry.dimension).map_err(chain)?;
                        Ok(format!("{rows} words, {} numbers each", entry.dimension))
                    });
                    line(format!("embedding {name} of {path}"), read);
                }
            }
            Own::File(path) => {
                let read = read_documents_with(path, &ReadOptions::default()).map_err(chain);
                line(format!("file {}", path.display()), read.map(|(documents, _)| counted(&documents)));
            }
        }
    }
    Ok(wrong)
}

/// `40 documents, 130 Disease`
fn counted(documents: &[Document]) -> String {
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for mention in documents.iter().flat_map(|document| &document.mentions) {
        *types.entry(mention.entity_type.as_str()).or_default() += 1;
    }
    let mentions = types.into_iter().map(|(entity_type, count)| format!(", {count} {entity_type}"));
    format!("{} documents{}", documents.len(), mentions.collect::<String>())
}

/// An error and its causes in one line.
fn chain(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}
