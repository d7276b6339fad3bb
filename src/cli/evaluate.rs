//! `mermen evaluate`: the scores of the BioCreative V CDR evaluation kit for one type.

use super::reading::{ColumnArgs, KeyArgs};
use super::say;
use crate::corpus::{Document, Normalisation, ReadOptions, TextMismatch, normalise, read_documents_with};
use crate::evaluate::{Counts, Gold, KitView, differences, joined_by_id, nearest_type};
use crate::registry::Registry;
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

/// Score predictions as the BioCreative V CDR evaluation kit does
///
/// The kit looks at offsets, types and ids alone, and so does this; anything else wrong with the files is reported on standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mermen evaluate --gold CDR_TestSet.PubTator.txt --pred predictions.txt --type Disease
  mermen evaluate --gold NCBItestset_corpus.txt --pred predictions.txt --corpus ncbi-disease
  mermen evaluate --gold tagged.tsv --pred tagged.tsv --columns token,gold,pred")]
pub struct Args {
    /// Gold annotations, in any corpus format, detected from the content; plain or gzip
    #[arg(long, value_name = "FILE")]
    gold: PathBuf,
    /// Predictions, in any of the formats
    #[arg(long, value_name = "FILE")]
    pred: PathBuf,
    /// Entity type that is scored
    #[arg(long = "type", value_name = "TYPE", default_value = "Disease")]
    entity_type: String,
    /// Apply this corpus's normalisation to both files (ncbi-disease: types to Disease, `MESH:` where an id has no prefix)
    #[arg(long, value_name = "NAME")]
    corpus: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Refuse files with anything to report, with exit code 2: annotations that do not fit their text, documents on one side only,
    /// other texts, types that gold lacks
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    columns: ColumnArgs,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Prints the scores; the exit code is 0 however good they are.
///
/// # Errors
/// A file that cannot be read, an unknown corpus, a type that gold lacks.
pub fn run(args: Args) -> anyhow::Result<u8> {
    let rule = match &args.corpus {
        Some(name) => Registry::built_in()?.corpus(name)?.normalisation,
        None => Normalisation::None,
    };
    let text_mismatch = if args.strict { TextMismatch::default() } else { TextMismatch::Score };
    let columns = args.columns.columns.clone();
    let options = ReadOptions { text_mismatch, columns: columns.clone(), keys: args.keys.keys(), ..ReadOptions::default() };
    let read = |path: &PathBuf, options: &ReadOptions| read_documents_with(path, options);
    let (mut gold, of_gold) = read(&args.gold, &options).context("cannot read the gold annotations")?;
    let options = ReadOptions { columns: columns.map(crate::corpus::Columns::predicted), ..options };
    let (predicted, of_predicted) = read(&args.pred, &options).context("cannot read the predictions")?;
    // The corpus's rule on repeated documents is for gold.
    let mut predicted = joined_by_id(predicted);
    normalise(&mut gold, rule);
    normalise(&mut predicted, rule);
    check_type(&gold, &args.entity_type, rule).with_context(|| format!("cannot score against {}", args.gold.display()))?;

    let different = differences(&gold, &predicted);
    if args.strict && !different.is_empty() {
        bail!("with --strict these files are not scored:\n  - {}", different.join("\n  - "));
    }
    let mut notes: Vec<String> = Vec::new();
    for (whose, noted) in [("gold", of_gold), ("predictions", of_predicted)] {
        notes.extend(noted.lines().into_iter().map(|line| format!("{whose}: {line}")));
    }
    notes.extend(different);
    notes.iter().for_each(|note| say(&format!("note: {note}")));
    let kit = Gold::new(&gold, std::slice::from_ref(&args.entity_type));
    let scores = Scores::new(kit.mentions(&predicted), kit.concepts(&predicted));
    let printed = match args.format {
        Format::Text => scores.table(&args.entity_type),
        Format::Json => serde_json::to_string(&Told { scores, notes })? + "\n",
    };
    std::io::stdout().lock().write_all(printed.as_bytes()).context("cannot write the scores")?;
    Ok(0)
}

/// Zeros for a misspelt type would look like a result.
fn check_type(gold: &[Document], entity_type: &str, rule: Normalisation) -> anyhow::Result<()> {
    let types: BTreeSet<&str> = gold.iter().flat_map(|document| &document.mentions).map(|mention| mention.entity_type.as_str()).collect();
    if types.is_empty() || types.contains(entity_type) {
        return Ok(());
    }
    let ncbi = types.contains("SpecificDisease") && rule != Normalisation::Ncbi;
    let fix =
        if ncbi { "; add `--corpus ncbi-disease` to take them all as Disease".into() } else { meant(entity_type, types.iter().copied()) };
    let shown = |name: &str| if name.trim() == name { name.to_owned() } else { format!("`{name}`") };
    bail!("no mention has the type `{entity_type}`: the types are {}{fix}", types.into_iter().map(shown).collect::<Vec<_>>().join(", "));
}

fn meant<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest_type(word, names).map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

/// What scripts read.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    scores: Scores,
    /// What is reported on standard error, too.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Scores {
    mention: Row,
    concept: Row,
    all_documents: AllDocuments,
}

#[derive(Serialize)]
struct AllDocuments {
    mention: Row,
    concept: Row,
}

#[derive(Serialize)]
struct Row {
    tp: u64,
    fp: u64,
    #[serde(rename = "fn")]
    fn_: u64,
    precision: f64,
    recall: f64,
    f1: f64,
}

impl From<Counts> for Row {
    fn from(counts: Counts) -> Self {
        let Counts { tp, fp, fn_ } = counts;
        Self { tp, fp, fn_, precision: counts.precision(), recall: counts.recall(), f1: counts.f1() }
    }
}

impl Scores {
    fn new(mention: KitView, concept: KitView) -> Self {
        Self {
            mention: mention.kit.into(),
            concept: concept.kit.into(),
            all_documents: AllDocuments { mention: mention.all_documents.into(), concept: concept.all_documents.into() },
        }
    }

    /// A table of at most 80 columns.
    fn table(&self, entity_type: &str) -> String {
        let mut table = format!("{entity_type:<26}{:>7}{:>7}{:>7}{:>11}{:>9}{:>9}\n", "TP", "FP", "FN", "precision", "recall", "F1");
        let rows = [
            ("mention", &self.mention),
            ("concept", &self.concept),
            ("mention, all documents", &self.all_documents.mention),
            ("concept, all documents", &self.all_documents.concept),
        ];
        for (name, row) in rows {
            let Row { tp, fp, fn_, precision, recall, f1 } = row;
            table += &format!("{name:<26}{tp:>7}{fp:>7}{fn_:>7}{precision:>11.4}{recall:>9.4}{f1:>9.4}\n");
        }
        table + "The kit drops predictions in documents where gold has nothing of the type;\n\"all documents\" counts them.\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Mention;

    fn scores() -> Scores {
        let view = |tp, fp, fn_, more| KitView { kit: Counts { tp, fp, fn_ }, all_documents: Counts { tp, fp: fp + more, fn_ } };
        Scores::new(view(303, 105, 121, 2), view(0, 0, 65, 1))
    }

    #[test]
    fn the_table_fits_80_columns() {
        let table = scores().table("Disease");
        insta::assert_snapshot!(table, @r#"
        Disease                        TP     FP     FN  precision   recall       F1
        mention                       303    105    121     0.7426   0.7146   0.7284
        concept                         0      0     65     0.0000   0.0000   0.0000
        mention, all documents        303    107    121     0.7390   0.7146   0.7266
        concept, all documents          0      1     65     0.0000   0.0000   0.0000
        The kit drops predictions in documents where gold has nothing of the type;
        "all documents" counts them.
        "#);
        assert!(table.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn json_has_the_names_that_scripts_read() {
        let json = serde_json::to_string_pretty(&scores()).unwrap();
        insta::assert_snapshot!(json, @r#"
        {
          "mention": {
            "tp": 303,
            "fp": 105,
            "fn": 121,
            "precision": 0.7426470588235294,
            "recall": 0.714622641509434,
            "f1": 0.7283653846153846
          },
          "concept": {
            "tp": 0,
            "fp": 0,
            "fn": 65,
            "precision": 0.0,
            "recall": 0.0,
            "f1": 0.0
          },
          "all_documents": {
            "mention": {
              "tp": 303,
              "fp": 107,
              "fn": 121,
              "precision": 0.7390243902439024,
              "recall": 0.714622641509434,
              "f1": 0.7266187050359713
            },
            "concept": {
              "tp": 0,
              "fp": 1,
              "fn": 65,
              "precision": 0.0,
              "recall": 0.0,
              "f1": 0.0
            }
          }
        }
        "#);
    }

    fn gold(types: &[&str]) -> Vec<Document> {
        let mention = |entity_type: &&str| Mention { entity_type: (*entity_type).into(), ..Mention::default() };
        vec![Document { id: "1".into(), mentions: types.iter().map(mention).collect(), ..Document::default() }]
    }

    #[test]
    fn errors_name_the_fix() {
        let told = |found: anyhow::Result<()>| found.unwrap_err().to_string();
        let of = |types: &[&str], wanted| told(check_type(&gold(types), wanted, Normalisation::None));
        insta::assert_snapshot!(of(&["Disease", "Chemical"], "disease"), @"no mention has the type `disease`: the types are Chemical, Disease (did you mean `Disease`?)");
        insta::assert_snapshot!(of(&["SpecificDisease", "Modifier"], "Disease"), @"no mention has the type `Disease`: the types are Modifier, SpecificDisease; add `--corpus ncbi-disease` to take them all as Disease");
        assert!(check_type(&gold(&[]), "Disease", Normalisation::None).is_ok());
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn run_line(folder: &std::path::Path, more: &[&str]) -> anyhow::Result<u8> {
        let file = |name: &str| folder.join(name).display().to_string();
        let (gold, pred) = (file("gold"), file("pred"));
        let line = ["evaluate", "--gold", &gold, "--pred", &pred].into_iter().chain(more.iter().copied());
        run(<Line as clap::Parser>::try_parse_from(line)?.args)
    }

    #[test]
    fn a_line_is_run_or_told_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("gold", "1|t|Bone ache.\n1|a|It hurts.\n1\t0\t9\tBone ache\tSpecificDisease\tD1\n");
        let missing = format!("{:#}", run_line(folder.path(), &["--corpus", "ncbi-disease"]).unwrap_err());
        assert!(missing.contains("cannot read the predictions") && missing.contains("pred"), "{missing}");

        write("pred", "1|t|Bone ache.\n1|a|It hurts.\n1\t0\t9\tBone ache\tDisease\tMESH:D1\n");
        assert_eq!(run_line(folder.path(), &["--corpus", "ncbi-disease", "--format", "json"]).unwrap(), 0);
        let unlike = format!("{:#}", run_line(folder.path(), &["--type", "Disease"]).unwrap_err());
        assert!(unlike.contains("--corpus ncbi-disease"), "{unlike}");
        let unknown = format!("{:#}", run_line(folder.path(), &["--corpus", "ncbi"]).unwrap_err());
        assert!(unknown.contains("ncbi-disease"), "{unknown}");
    }
}
