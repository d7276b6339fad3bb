//! Medical named entity recognition (MER) and normalization (MEN) by multi-task sequence labelling with explicit feedback, after Zhao et
//! al., "A Neural Multi-Task Learning Framework to Jointly Model Medical Named Entity Recognition and Normalization" (AAAI 2019).
//!
//! Three ways in:
//!
//! ```no_run
//! # #[cfg(feature = "network")] {
//! // Read a corpus: PubTator, BioC XML or JSON, CoNLL, brat, JSON Lines; the format is detected.
//! let gold = mermen::corpus::read("gold.PubTator.txt")?;
//!
//! // Score predictions as the BioCreative V CDR evaluation kit does.
//! let predicted = mermen::corpus::read("predicted.PubTator.txt")?;
//! let scores = mermen::evaluate::kit(&gold, &predicted);
//! println!("F1 of disease mentions: {:.4}", scores["Disease"].mention.kit.f1());
//!
//! // Annotate a text with a trained model (feature `network`).
//! let model = mermen::Model::load("ncbi.mermen")?;
//! for mention in model.annotate("She has had episodic cortical ataxia since 1987.")? {
//!     println!("{} {:?}", mention.text, mention.concept);
//! }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Features: none gives readers, writers, scorer and linking, built without dfdx and Polars; `network` adds training and models; `program`
//! (the default) adds reports and the command line; `cuda` lets networks run on NVIDIA GPUs. No module but `cli` prints or reads the environment.
//!
//! Modules are listed in the order in which data flows; a later one may use an earlier one, never the reverse (`tests/modules.rs`).

// What results are made of may call no function that differs between machines (clippy.toml); tests check against such functions.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod choice; //     enums that files write as words
pub mod atomic_file; // files and folders that are whole or not there; every module may write with it
pub mod corpus; //     text -> Document -> Sentence -> Token -> tags; readers, writers, statistics
pub mod embedding; //  pre-trained word vectors -> one Embedding, its coverage and provenance
pub mod registry; //   names of corpora and embeddings -> files under the data folder, digests, expected counts
pub mod evaluate; //   predictions -> counts, scores, intervals, tests
pub mod lexicon; //    vocabularies of concepts; mentions -> concepts that training may lack
pub mod run; //        a run: its specification, identity, record, and the store that keeps them
pub mod tensorboard; // scalars over epochs -> event files that TensorBoard reads
#[cfg(feature = "network")]
pub mod nn; //         the network on dfdx: operations, modules, parameters
#[cfg(feature = "network")]
pub mod train; //      batches, schedules, optimizer, checkpoints, history: corpus + embedding + nn
pub mod baseline; //   systems beside the neural tagger: previous ones, and a vocabulary behind the tagger
pub mod experiment; // YAML -> spec -> plan -> run store -> executors; the run record
#[cfg(feature = "network")]
pub mod predict; //    a trained model on any text: documents streamed in, mentions with concepts streamed out; model files
#[cfg(feature = "program")]
pub mod report; //     run records -> frames -> tables, figures, claims, drift, page
#[cfg(feature = "program")]
pub mod explain; //    predictions beside gold -> errors by kind, with examples
#[cfg(feature = "network")]
pub mod bench; //      steps timed over a load that any program can rebuild
#[cfg(feature = "program")]
pub mod cli; //        one file per subcommand

#[cfg(feature = "network")]
pub use predict::Model;
