//! `mermen lexicon`: vocabularies of concepts, what a mention may mean, the short forms of a text, and how well mentions are linked.

use super::named_values::named;
use super::{print, say};
use crate::corpus::{self, Document};
use crate::embedding::{Embedding, load_where};
use crate::evaluate::Split;
use crate::lexicon::abbreviation::{Detector, abbreviations};
use crate::lexicon::evaluation::{Aim, best_threshold, calibration_error, judge, scores};
use crate::lexicon::{Concept, Lexicon, LinkOptions, Linker, Resources, Scored, Source, Stage, read_edits, read_lexicons};
use crate::registry::{self, Registry, RegistryError};
use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Look up what a mention may mean, find the short forms of a text, measure how well mentions are linked to concepts
///
/// A vocabulary is MEDIC, by its name in the data folder, or a file of your own: CTD's TSV, BioSyn's lines, OBO (Disease Ontology, HPO,
/// MONDO), a TSV file with the columns id, name and synonyms, or JSON Lines.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the concepts that a text may mean, with their scores and why; for an id, the concept
    Lookup(LookupArgs),
    /// Find the short forms that texts define: document, short form, long form, separated by TAB
    Abbreviations(AbbreviationsArgs),
    /// Train the linker on a corpus, and score it on mentions whose spans are given, stage by stage
    Evaluate(EvaluateArgs),
}

#[derive(clap::Args)]
struct Vocabulary {
    /// Name of a vocabulary in the data folder, or a file; several are joined, the first one's ids first
    #[arg(long, value_name = "NAME_OR_FILE", default_values = ["medic"])]
    lexicon: Vec<String>,
    /// Names to add and to ban, a line each: `add<TAB>ID<TAB>NAME`, `ban<TAB>ID<TAB>NAME`, `ban<TAB>*<TAB>NAME`
    #[arg(long, value_name = "FILE")]
    edits: Option<PathBuf>,
    /// Folder of corpora and vocabularies
    #[arg(long, env = "MERMEN_DATA", default_value = "data", value_name = "DIR")]
    data_dir: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen lexicon lookup renal-failure --data-dir DATA
  mermen lexicon lookup MESH:D007674 --data-dir DATA
  mermen lexicon lookup dyspnea --lexicon hp.obo --edits mine.tsv --format json
  mermen lexicon lookup anemia --corpus ncbi-disease --data-dir DATA")]
struct LookupArgs {
    /// A mention, or the id of a concept
    #[arg(value_name = "TEXT")]
    text: String,
    #[command(flatten)]
    vocabulary: Vocabulary,
    /// Train the ranker on this corpus first, so that scores are probabilities; without, they are degrees of nearness
    #[arg(long, value_name = "CORPUS")]
    corpus: Option<String>,
    /// Candidates shown
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top: u32,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen lexicon abbreviations notes.txt
  mermen lexicon abbreviations corpus.PubTator.txt --detector schwartz-hearst --gold pairs.tsv")]
struct AbbreviationsArgs {
    /// A file of documents in any format that is read, or plain text
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_enum, default_value_t = DetectorName::Aligned)]
    detector: DetectorName,
    /// Score against pairs known to be right: document, short form, long form, separated by TAB
    #[arg(long, value_name = "FILE")]
    gold: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DetectorName {
    /// The shortest long form, after Schwartz and Hearst (2003)
    SchwartzHearst,
    /// The alignment that costs least, after the model of Ab3P
    Aligned,
}

#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen lexicon evaluate ncbi-disease --lexicon medic-2012 --data-dir DATA
  mermen lexicon evaluate bc5cdr --stage ranker --format json --data-dir DATA")]
struct EvaluateArgs {
    /// Name of a corpus; the linker is trained on its training split
    #[arg(value_name = "CORPUS")]
    corpus: String,
    #[command(flatten)]
    vocabulary: Vocabulary,
    /// Split that is scored; the temperature of the probabilities and the threshold always come from dev
    #[arg(long, default_value = Split::Dev.name(), value_parser = named(Split::ALL, Split::name))]
    split: Split,
    /// Score this stage only
    #[arg(long, value_enum)]
    stage: Option<StageName>,
    /// Name of an embedding whose vectors bring words of one meaning together
    #[arg(long, value_name = "NAME")]
    embedding: Option<String>,
    /// List the mentions that are linked wrongly
    #[arg(long)]
    errors: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StageName {
    TrainingStrings,
    Abbreviations,
    ExactNames,
    NearestName,
    Ranker,
}

impl StageName {
    fn stage(self) -> Stage {
        match self {
            StageName::TrainingStrings => Stage::TrainingStrings,
            StageName::Abbreviations => Stage::Abbreviations,
            StageName::ExactNames => Stage::ExactNames,
            StageName::NearestName => Stage::NearestName,
            StageName::Ranker => Stage::Ranker,
        }
    }
}

/// Exit code 1 where `lookup` finds nothing.
///
/// # Errors
/// A vocabulary or corpus that cannot be read or does not fit.
pub fn run(args: Args) -> anyhow::Result<u8> {
    match args.command {
        Command::Lookup(args) => lookup(&args),
        Command::Abbreviations(args) => short_forms(&args),
        Command::Evaluate(args) => evaluate(&args),
    }
}

impl Vocabulary {
    fn read(&self) -> anyhow::Result<Lexicon> {
        let paths = self.lexicon.iter().map(|name| path_of(name, &self.data_dir)).collect::<Result<Vec<_>, _>>()?;
        let lexicon = read_lexicons(&paths)?;
        Ok(match &self.edits {
            Some(path) => read_edits(lexicon, path)?,
            None => lexicon,
        })
    }
}

/// The file that a vocabulary's name, or path, means.
pub(super) fn path_of(name: &str, data_dir: &Path) -> Result<PathBuf, RegistryError> {
    let known = Registry::built_in()?.lexicons.iter().any(|entry| entry.name == name);
    // What looks like a path is one, so that the error for a missing file names it.
    let is_path = !known && (Path::new(name).is_file() || name.contains(['/', '\\', '.']));
    if is_path { Ok(PathBuf::from(name)) } else { registry::lexicon_file(name, data_dir) }
}

/// All vectors of an embedding.
fn vectors(name: &str, data_dir: &Path) -> anyhow::Result<Embedding> {
    let entry = registry::embedding_source(name, data_dir)?;
    Ok(load_where(&entry.source, entry.dimension, &|_| true)?)
}

#[derive(Serialize)]
struct LookupResult<'a> {
    #[serde(flatten)]
    scored: &'a Scored,
    /// The name that it was found by.
    by: Option<&'a str>,
}

fn lookup(args: &LookupArgs) -> anyhow::Result<u8> {
    let lexicon = args.vocabulary.read()?;
    if let Some(at) = lexicon.find(&args.text) {
        let concept = lexicon.concept(at);
        match args.format {
            Format::Text => print(&described(&lexicon, concept)),
            Format::Json => print(&(serde_json::to_string(concept)? + "\n")),
        }
        return Ok(0);
    }
    let linker = match &args.corpus {
        Some(name) => {
            let corpus = registry::load_corpus(name, &args.vocabulary.data_dir)?;
            let mut linker = Linker::train(lexicon, &corpus.train, LinkOptions::default())?;
            linker.calibrate(&corpus.dev);
            linker
        }
        None => Linker::untrained(lexicon),
    };
    let found = linker.look_up(&args.text, args.top as usize);
    if found.is_empty() {
        say(&format!("no concept has a name near to `{}`", args.text));
        return Ok(1);
    }
    let mut out = String::new();
    for (scored, by) in &found {
        let by = by.as_deref();
        match args.format {
            Format::Json => writeln!(out, "{}", serde_json::to_string(&LookupResult { scored, by })?)?,
            Format::Text => {
                let (ids, names) = (scored.ids.join("|"), scored.names.join("; "));
                let why = why(scored.source, by, &args.text);
                writeln!(out, "{:.3}  {:<14}{names}  ({why})", scored.probability, if ids.is_empty() { "-" } else { &ids })?;
            }
        }
    }
    print(&out);
    Ok(0)
}

fn why(source: Source, by: Option<&str>, text: &str) -> String {
    let by = by.unwrap_or_default();
    match source {
        Source::None => "no concept".to_owned(),
        Source::Training => "training has this string".to_owned(),
        Source::Name if by == text => "its name".to_owned(),
        Source::Name => format!("its name `{by}`"),
        Source::NearName if by.is_empty() => "near to a string of training".to_owned(),
        Source::NearName => format!("near to its name `{by}`"),
        Source::Parts => "its parts".to_owned(),
        Source::Tagger => "the tagger".to_owned(),
    }
}

fn described(lexicon: &Lexicon, concept: &Concept) -> String {
    let mut out = format!("{}  {}\n", concept.id, concept.name());
    let mut line = |label: &str, value: String| {
        if !value.is_empty() {
            writeln!(out, "  {label:<12}{value}").expect("a string takes all that is written");
        }
    };
    line("other ids", concept.alternative.join(" "));
    line("references", concept.references.join(" "));
    for parent in &concept.parents {
        line("below", format!("{parent}  {}", lexicon.find(parent).map_or("", |at| lexicon.concept(at).name())));
    }
    for name in concept.names.iter().skip(1) {
        line(&format!("{:?}", name.kind).to_lowercase(), name.text.clone());
    }
    out
}

/// The documents of a file, or its text as one document.
fn documents(path: &Path) -> anyhow::Result<Vec<Document>> {
    match corpus::read(path) {
        Err(crate::corpus::CorpusError::UnknownFormat { .. }) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(vec![Document { id, title: text, ..Document::default() }])
        }
        read => Ok(read?),
    }
}

fn short_forms(args: &AbbreviationsArgs) -> anyhow::Result<u8> {
    let detector = match args.detector {
        DetectorName::SchwartzHearst => Detector::SchwartzHearst,
        DetectorName::Aligned => Detector::Aligned,
    };
    let mut out = String::new();
    let mut given = BTreeSet::new();
    let documents = documents(&args.file)?;
    for document in &documents {
        for found in abbreviations(&document.text(), detector) {
            writeln!(out, "{}\t{}\t{}", document.id, found.short, found.long)?;
            given.insert(pair(&document.id, &found.short, &found.long));
        }
    }
    let Some(gold) = &args.gold else {
        print(&out);
        return Ok(0);
    };
    let ids: BTreeSet<&str> = documents.iter().map(|document| document.id.as_str()).collect();
    let text = std::fs::read_to_string(gold).with_context(|| format!("cannot read {}", gold.display()))?;
    let mut expected = BTreeSet::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[id, short, long] = fields.as_slice() else {
            bail!(
                "{}:{}: {} field(s) where document, short form and long form are expected, separated by TAB",
                gold.display(),
                at + 1,
                fields.len()
            );
        };
        if ids.contains(id) {
            expected.insert(pair(id, short, long));
        }
    }
    let both = given.intersection(&expected).count();
    let share = |of: usize| if of == 0 { 0.0 } else { both as f64 / of as f64 };
    print(&format!(
        "pairs found {}, expected {}, in both {both}\nprecision {:.4}\nrecall    {:.4}\n",
        given.len(),
        expected.len(),
        share(given.len()),
        share(expected.len())
    ));
    Ok(0)
}

/// Pairs are compared in any letter case.
fn pair(id: &str, short: &str, long: &str) -> String {
    format!("{id}\t{}\t{}", short.to_lowercase(), long.to_lowercase())
}

/// A line of the ablation.
#[derive(Serialize)]
struct StageScores {
    corpus: String,
    split: &'static str,
    stage: Stage,
    mentions: usize,
    /// Least probability of a link that serves accuracy best on dev, and the accuracy over all mentions.
    accuracy_threshold: f64,
    accuracy: f64,
    /// Least probability that serves concept F1 best on dev, and the kit's concept scores.
    f1_threshold: f64,
    precision: f64,
    recall: f64,
    f1: f64,
    calibration_error: f64,
    microseconds_a_mention: f64,
}

fn evaluate(args: &EvaluateArgs) -> anyhow::Result<u8> {
    let corpus = registry::load_corpus(&args.corpus, &args.vocabulary.data_dir)?;
    let lexicon = args.vocabulary.read()?;
    let documents = match args.split {
        Split::Dev => &corpus.dev,
        Split::Test => &corpus.test,
    };
    let stages: Vec<Stage> = args.stage.map_or_else(|| Stage::ALL.to_vec(), |stage| vec![stage.stage()]);
    if args.format == Format::Text {
        print("stage             threshold   accuracy |threshold  precision   recall       F1 |  calibration error\n");
    }
    let embedding = args.embedding.as_deref().map(|name| vectors(name, &args.vocabulary.data_dir)).transpose()?;
    for stage in stages {
        let options = LinkOptions { stage, ..LinkOptions::default() };
        let types = options.entity_types.clone();
        let resources = Resources { embedding: embedding.as_ref(), ..Resources::default() };
        let mut linker = Linker::train_with(lexicon.clone(), &corpus.train, options, &resources)?;
        if stage == Stage::Ranker {
            linker.calibrate(&corpus.dev);
        }
        let on_dev = judge(&linker, &corpus.dev);
        let threshold = |aim: Aim| best_threshold(&on_dev, &corpus.dev, &types, aim);
        let (accuracy_threshold, f1_threshold) = (threshold(Aim::Accuracy), threshold(Aim::ConceptF1));
        let started = std::time::Instant::now();
        let judged = judge(&linker, documents);
        let seconds = started.elapsed().as_secs_f64();
        let (at_accuracy, at_f1) =
            (scores(&judged, documents, &types, accuracy_threshold), scores(&judged, documents, &types, f1_threshold));
        let row = StageScores {
            corpus: args.corpus.clone(),
            split: args.split.name(),
            stage,
            mentions: at_accuracy.mentions,
            accuracy_threshold,
            accuracy: at_accuracy.accuracy(),
            f1_threshold,
            precision: at_f1.concepts.precision(),
            recall: at_f1.concepts.recall(),
            f1: at_f1.concepts.f1(),
            calibration_error: calibration_error(&judged),
            microseconds_a_mention: 1e6 * seconds / judged.len().max(1) as f64,
        };
        match args.format {
            Format::Json => print(&(serde_json::to_string(&row)? + "\n")),
            Format::Text => print(&format!(
                "{:<18}{:>9.2}{:>11.4} |{:>9.2}{:>11.4}{:>9.4}{:>9.4} |{:>19.4}\n",
                serde_json::to_value(stage)?.as_str().unwrap_or_default(),
                row.accuracy_threshold,
                row.accuracy,
                row.f1_threshold,
                row.precision,
                row.recall,
                row.f1,
                row.calibration_error
            )),
        }
        if args.errors {
            let mut seen = BTreeSet::new();
            for one in judged.iter().filter(|one| !one.right) {
                let gold = one.mention.concept.as_deref().unwrap_or("-1");
                if seen.insert((&one.mention.text, gold)) {
                    let name = linker.lexicon().find(gold).map_or("", |at| linker.lexicon().concept(at).name());
                    let best = one.linked.candidates.first();
                    let given = best.map_or(String::new(), |best| format!("{} {}", best.ids.join("|"), best.names.join("; ")));
                    print(&format!("  {}\t{}\t{gold} {name}\t{:.2} {given}\n", one.document.id, one.mention.text, one.linked.probability));
                }
            }
        }
    }
    Ok(0)
}
