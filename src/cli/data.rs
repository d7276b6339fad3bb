//! `mermen data`: what the corpora in the data folder hold, and whether they are whole.

mod convert;
mod get;
mod own;
mod verify;

use crate::baseline::Systems;
use crate::cli::say;
use crate::corpus::statistics::{CorpusStatistics, SplitOverlap, SplitStatistics, TypeOverlap, TypeStatistics, corpus_statistics, document_statistics};
use crate::registry::{self, CorpusDefinition, Registry};
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use own::OwnDocuments;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Get the data and look at it: statistics of the corpora, what is there, whether it is whole; convert between formats
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Count what the corpora hold: Table 1 and its explanation, tokens, sentences, mentions that no tag can represent
    Stats(StatsArgs),
    /// List every corpus, embedding and lexicon known by name, and which are in the data folder
    #[command(after_help = "Examples:\n  mermen data list --data-dir data")]
    List(DataFolder),
    /// Download a corpus, an embedding or a lexicon, or take it from a copy
    Get(get::Args),
    /// Check digests, counts and offsets of the files in the data folder; exit 1 where one differs
    Verify(verify::Args),
    /// Write a corpus in another format: PubTator, BioC XML or JSON, CoNLL columns, brat standoff, JSON Lines
    Convert(convert::Args),
}

#[derive(clap::Args, Debug)]
struct DataFolder {
    /// Folder of the real data
    #[arg(long, value_name = "D", env = "MERMEN_DATA", default_value = "data")]
    data_dir: PathBuf,
}

#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  mermen data stats
  mermen data stats ncbi-disease bc5cdr --data-dir data --format csv
  mermen data stats own.yaml            the corpora that an experiment file defines
  mermen data stats notes.PubTator.txt  one file, in any format that `convert` reads")]
struct StatsArgs {
    /// Names of corpora, experiment files whose own corpora are meant, or files of a corpus [default: all in the data folder]
    #[arg(value_name = "CORPUS|SPEC|FILE")]
    corpora: Vec<String>,
    #[command(flatten)]
    folder: DataFolder,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

/// Runs the subcommand; 1 where `verify` found a difference.
///
/// # Errors
/// An unknown name, a missing file, a file that cannot be read.
pub fn run(args: Args, systems: &Systems) -> anyhow::Result<u8> {
    match args.command {
        Command::Stats(args) => stats(&args, systems),
        Command::List(folder) => list(&folder.data_dir),
        Command::Verify(args) => verify::run(&args, systems),
        Command::Get(args) => get::run(&args),
        Command::Convert(args) => convert::run(&args),
    }
}

fn stats(args: &StatsArgs, systems: &Systems) -> anyhow::Result<u8> {
    let registry = Registry::built_in()?;
    let mut counted = Vec::new();
    let (own, names) = own::split(&args.corpora, systems)?;
    for corpus in own::corpora(&own)? {
        corpus.notes.iter().for_each(|note| say(&format!("note: {note}")));
        counted.push(match &corpus.documents {
            OwnDocuments::Splits([train, dev, test], rule) => corpus_statistics(&corpus.name, [train, dev, test], *rule),
            OwnDocuments::File(documents) => document_statistics(&corpus.name, documents),
        });
    }
    let named = if names.is_empty() && !own.is_empty() { Vec::new() } else { chosen(&registry, &names, &args.folder.data_dir)? };
    for definition in named {
        let raw = registry::load_corpus_raw(&definition.name, &args.folder.data_dir)?;
        raw.notes.iter().for_each(|note| say(&format!("note: {note}")));
        counted.push(corpus_statistics(&definition.name, [&raw.train, &raw.dev, &raw.test], definition.normalisation));
    }
    let text = match args.format {
        Format::Text => counted.iter().map(as_text).collect::<Vec<_>>().join("\n"),
        Format::Json => serde_json::to_string_pretty(&counted)? + "\n",
        Format::Csv => as_csv(&counted)?,
    };
    std::io::stdout().write_all(text.as_bytes()).context("cannot write to stdout")?;
    Ok(0)
}

/// The corpora named, or all whose files are there.
fn chosen<'a>(registry: &'a Registry, names: &[String], data_dir: &Path) -> anyhow::Result<Vec<&'a CorpusDefinition>> {
    if !names.is_empty() {
        return Ok(names.iter().map(|name| registry.corpus(name)).collect::<Result<_, _>>()?);
    }
    let here: Vec<_> = registry.corpora.iter().filter(|entry| registry::corpus_files(entry, data_dir).is_ok()).collect();
    match (here.is_empty(), registry.corpora.first()) {
        // The first corpus's own error says which file is missing and how to get it.
        (true, Some(entry)) => registry::corpus_files(entry, data_dir).map(|_| here).map_err(Into::into),
        _ => Ok(here),
    }
}

/// A row of the text: its label and the value in a split.
type Row<T> = (&'static str, fn(&T) -> usize);

const SPLIT_ROWS: &[Row<SplitStatistics>] = &[
    ("documents", |s| s.documents),
    ("  of them repeated (same id)", |s| s.repeated_documents),
    ("  mentions in repeated documents", |s| s.mentions_of_repeated_documents),
    ("sentences", |s| s.sentences),
    ("tokens", |s| s.tokens),
    ("distinct words", |s| s.words),
    ("relations", |s| s.relations),
    ("ids with stray blanks", |s| s.ids_with_stray_blanks),
    ("ids that carry MESH:", |s| s.ids_with_mesh_prefix),
    ("mentions with a seventh field", |s| s.with_individual_mentions),
];

const SPLIT_OVERLAP_ROWS: &[Row<SplitOverlap>] = &[
    ("distinct words not in training", |o| o.words_not_in_training),
    ("tokens not in training", |o| o.tokens_not_in_training),
    ("sentences (>= 6 tokens) verbatim in training", |o| o.sentences_in_training),
    ("  verbatim in an earlier split", |o| o.sentences_in_earlier_splits),
];

const TYPE_ROWS: &[Row<TypeStatistics>] = &[
    ("mentions", |t| t.mentions),
    ("  single-word (no blank inside)", |t| t.single_word),
    ("  single-token", |t| t.single_token),
    ("  without concept (-1)", |t| t.without_concept),
    ("  composite by |", |t| t.composite_by_bar),
    ("  composite by +", |t| t.composite_by_plus),
    ("  unaligned", TypeStatistics::unaligned),
    ("    crossing a token boundary", |t| t.crossing_token_boundary),
    ("    crossing a sentence boundary", |t| t.crossing_sentence_boundary),
    ("    overlapping another", |t| t.overlapping),
    ("distinct strings", |t| t.distinct_strings),
    ("concept ids (split on | and +)", |t| t.concept_ids),
    ("concept ids by the kit (split on |)", |t| t.concept_ids_by_kit),
    ("whole concept strings (tags)", |t| t.concept_strings),
    ("(document, id) pairs", |t| t.document_concept_pairs),
];

const TYPE_OVERLAP_ROWS: &[Row<TypeOverlap>] = &[
    ("mentions whose string is in training", |o| o.string_in_training),
    ("  whose concept is in training", |o| o.concept_in_training),
    ("  whose every word is in training", |o| o.words_in_training),
];

/// Counts of the splits, and their sum where there are several.
fn with_sum(values: impl Iterator<Item = usize>) -> Vec<String> {
    let values: Vec<usize> = values.collect();
    let sum = (values.len() > 1).then(|| values.iter().sum());
    values.into_iter().chain(sum).map(|value| value.to_string()).collect()
}

fn as_text(corpus: &CorpusStatistics) -> String {
    let mut out = String::new();
    let mut line = |label: &str, values: &[String]| {
        let cells: String = values.iter().map(|value| format!("{value:>10}")).collect();
        writeln!(out, "{}", format!("{label:<48}{cells}").trim_end()).expect("a string takes all that is written");
    };
    let mut titles: Vec<String> = corpus.splits.iter().map(|split| split.split.clone()).collect();
    titles.extend((titles.len() > 1).then(|| "sum".to_owned()));
    // A file's path may be longer than the labels, and stands above them.
    if corpus.corpus.chars().count() < 48 {
        line(&corpus.corpus, &titles);
    } else {
        line(&corpus.corpus, &[]);
        line("", &titles);
    }
    for (label, value) in SPLIT_ROWS {
        line(label, &with_sum(corpus.splits.iter().map(value)));
    }
    let overlaps: Vec<&SplitOverlap> = corpus.splits.iter().filter_map(|split| split.overlap.as_ref()).collect();
    for (label, value) in SPLIT_OVERLAP_ROWS.iter().filter(|_| !overlaps.is_empty()) {
        line(label, &with_sum(overlaps.iter().map(|overlap| value(overlap))));
    }
    let (none, nothing) = (TypeStatistics::default(), TypeOverlap::default());
    for entity_type in corpus.splits.iter().flat_map(|split| split.types.keys()).collect::<BTreeSet<_>>() {
        line("", &[]);
        let labelled = |label: &str| if label.starts_with(' ') { label.to_owned() } else { format!("{entity_type}: {label}") };
        let splits: Vec<&TypeStatistics> = corpus.splits.iter().map(|split| split.types.get(entity_type).unwrap_or(&none)).collect();
        for (label, value) in TYPE_ROWS {
            line(&labelled(label), &with_sum(splits.iter().map(|split| value(split))));
        }
        for (label, value) in TYPE_OVERLAP_ROWS.iter().filter(|_| !overlaps.is_empty()) {
            line(&labelled(label), &with_sum(splits.iter().map(|split| value(split.overlap.as_ref().unwrap_or(&nothing)))));
        }
        let shares: [Row<TypeStatistics>; 2] =
            [("  single-token share of mentions", |t| t.single_token), ("  single-word share of mentions", |t| t.single_word)];
        for (label, part) in shares {
            let share = |t: &&TypeStatistics| if t.mentions == 0 { "-".into() } else { format!("{:.1}%", percent(part(t), t.mentions)) };
            line(label, &splits.iter().map(share).collect::<Vec<_>>());
        }
        let Some(table1) = corpus.table1.get(entity_type) else { continue };
        let repeated = table1.mentions - table1.mentions_without_repeated_documents;
        let explained = [
            ("Table 1: mentions", table1.mentions),
            ("  in repeated documents", repeated),
            ("  without them", table1.mentions_without_repeated_documents),
            ("Table 1: (document, id) pairs, splits summed", table1.document_concept_pairs),
            ("Table 1: concept strings, splits summed", table1.concept_strings_summed),
            ("Table 1: distinct concept strings", table1.concept_strings),
            ("Table 1: distinct concept ids", table1.concept_ids),
        ];
        for (label, value) in explained {
            line(label, &["", "", "", &value.to_string()].map(str::to_owned));
        }
    }
    out
}

fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of as f64
}

/// Long form: corpus, split, type (empty for facts of the split), fact, value.
fn as_csv(counted: &[CorpusStatistics]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["corpus", "split", "type", "fact", "value"])?;
    let facts = |value: serde_json::Value| match value {
        serde_json::Value::Object(fields) => fields.into_iter().filter(|(_, value)| value.is_number()).collect(),
        _ => Vec::new(),
    };
    for corpus in counted {
        let mut rows = |split: &str, entity_type: &str, value: serde_json::Value| -> anyhow::Result<()> {
            for (fact, value) in facts(value) {
                writer.write_record([&corpus.corpus, split, entity_type, &fact, &value.to_string()])?;
            }
            Ok(())
        };
        for split in &corpus.splits {
            rows(&split.split, "", serde_json::to_value(split)?)?;
            for (entity_type, of_type) in &split.types {
                rows(&split.split, entity_type, serde_json::to_value(of_type)?)?;
            }
        }
        for (entity_type, table1) in &corpus.table1 {
            rows("all", entity_type, serde_json::to_value(table1)?)?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn list(data_dir: &Path) -> anyhow::Result<u8> {
    let registry = Registry::built_in()?;
    let files = registry.files();
    let mut out = format!("{:<11}{:<14}{:<9}{}\n", "kind", "name", "present", "what");
    let corpora = registry.corpora.iter().map(|entry| ("corpus", &entry.name, entry.title.clone()));
    let embeddings = registry.embeddings.iter().map(|entry| ("embedding", &entry.name, entry.provenance.clone()));
    let lexicons = registry.lexicons.iter().map(|entry| ("lexicon", &entry.name, entry.title.clone()));
    for (kind, name, what) in corpora.chain(embeddings).chain(lexicons) {
        let mut own = files.iter().filter(|file| file.kind == kind && file.name == *name);
        let here = own.all(|file| file.find(data_dir).is_some());
        writeln!(out, "{kind:<11}{name:<14}{:<9}{what}", if here { "yes" } else { "no" })?;
    }
    std::io::stdout().write_all(out.as_bytes()).context("cannot write to stdout")?;
    Ok(0)
}
