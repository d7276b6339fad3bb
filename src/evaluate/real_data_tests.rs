//! Figures known from outside, on the real corpora: the official kit's, and those published with the data.

use super::*;
use crate::corpus::{self, Document, Normalisation, normalise, tokenize};
use std::collections::HashSet;
use std::path::PathBuf;

fn data() -> Option<PathBuf> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("MERMEN_DATA").map_or(beside, PathBuf::from);
    if folder.join("corpora").is_dir() {
        return Some(folder);
    }
    println!("skipped: no real data (set MERMEN_DATA)");
    None
}

fn read(folder: &std::path::Path, file: &str, rule: Normalisation) -> Vec<Document> {
    let mut documents = corpus::read(folder.join(file)).unwrap();
    normalise(&mut documents, rule);
    documents
}

fn disease() -> Vec<String> {
    vec!["Disease".into()]
}

fn counts(tp: u64, fp: u64, fn_: u64) -> Counts {
    Counts { tp, fp, fn_ }
}

struct Splits {
    train: Vec<Document>,
    train_dev: Vec<Document>,
    test: Vec<Document>,
    taggerone: Vec<Document>,
}

fn splits(names: [&str; 3], taggerone: &str, rule: Normalisation) -> Option<Splits> {
    let folder = data()?;
    let [train, dev, test] = names.map(|name| read(&folder.join("corpora"), name, rule));
    let taggerone = read(&folder.join("baselines/taggerone"), taggerone, rule);
    Some(Splits { train_dev: [train.clone(), dev.clone()].concat(), train, test, taggerone })
}

fn ncbi() -> Option<Splits> {
    let names = ["train", "develop", "test"].map(|split| format!("ncbi-disease/NCBI{split}set_corpus.txt"));
    splits(names.each_ref().map(String::as_str), "NCBI.test.taggerone.PubTator.txt", Normalisation::Ncbi)
}

fn bc5cdr() -> Option<Splits> {
    let names = ["Training", "Development", "Test"].map(|split| format!("bc5cdr/CDR_{split}Set.PubTator.txt"));
    splits(names.each_ref().map(String::as_str), "BC5CDR.test.taggerone.PubTator.txt", Normalisation::None)
}

// The kit's program: `eval_mention.sh` and `eval_id.sh` with `PubTator` or `BioC`, type Disease.
#[test]
fn counts_are_the_kits_on_its_own_sample() {
    let Some(folder) = data() else { return };
    let sample = folder.join("evaluation-kit-sample");
    for format in ["PubTator", "BioC.xml"] {
        let of = |file: &str| read(&sample, &format!("CDR_sample.{file}.{format}"), Normalisation::None);
        let (gold, predicted) = (of("gold"), of("test.DNER"));
        assert_eq!(mentions(&gold, &predicted, "Disease").kit, counts(303, 105, 121), "{format}");
        assert_eq!(concepts(&gold, &predicted, "Disease").kit, counts(149, 57, 65), "{format}");
    }
}

fn scores(found: Counts) -> [String; 3] {
    [found.precision(), found.recall(), found.f1()].map(|score| format!("{score:.4}"))
}

#[test]
fn taggerone_scores_as_the_kit_says() {
    let figures = |splits: Option<Splits>| {
        let splits = splits?;
        let gold = Gold::new(&splits.test, &disease());
        Some((scores(gold.mentions(&splits.taggerone).kit), scores(gold.concepts(&splits.taggerone).kit)))
    };
    let expected = |mention: [&str; 3], concept: [&str; 3]| (mention.map(str::to_owned), concept.map(str::to_owned));
    let Some(found) = figures(ncbi()) else { return };
    assert_eq!(found, expected(["0.8337", "0.8198", "0.8267"], ["0.8137", "0.7706", "0.7915"]));
    let Some(found) = figures(bc5cdr()) else { return };
    assert_eq!(found, expected(["0.8322", "0.8149", "0.8234"], ["0.8419", "0.8355", "0.8387"]));
}

#[test]
fn ceilings_are_those_found_by_hand() {
    let of = |train: &[Document], splits: &Splits| {
        let found = ceilings(train, &splits.test, &disease());
        let recall = found.concepts_seen as f64 / found.concepts as f64;
        [format!("{recall:.3}"), format!("{:.4}", found.oracle_tagger.f1()), format!("{:.3}", found.memorizer.f1())]
    };
    let Some(splits) = ncbi() else { return };
    assert_eq!(of(&splits.train, &splits), ["0.806", "0.8760", "0.721"]);
    assert_eq!(of(&splits.train_dev, &splits), ["0.821", "0.8834", "0.750"]);
    let Some(splits) = bc5cdr() else { return };
    assert_eq!(of(&splits.train, &splits), ["0.840", "0.8983", "0.784"]);
    assert_eq!(of(&splits.train_dev, &splits), ["0.898", "0.9332", "0.840"]);
}

/// 960 mentions and 424 unique strings in NCBI's test set, 4,424 and 1,474 in BC5CDR's.
#[test]
fn the_subsets_hold_every_mention() {
    for (splits, mentions, strings) in [(ncbi(), 960, 424), (bc5cdr(), 4_424, 1_474)] {
        let Some(splits) = splits else { return };
        let words: HashSet<String> = splits.train.iter().flat_map(|document| tokenize(&document.text())).map(|token| token.text).collect();
        let gold = Gold::new(&splits.test, &disease());
        let rows = oov::subsets(&gold, &splits.test, &splits.taggerone, &splits.taggerone, &|word| words.contains(word), &|_| true);
        assert_eq!(rows.iter().map(|row| row.mentions).sum::<u64>(), mentions);
        assert_eq!(rows.iter().map(|row| row.unique_strings).sum::<u64>(), strings);
        let mut sum = Counts::default();
        rows.iter().for_each(|row| sum += row.counts.mer);
        assert_eq!(sum, gold.mentions(&splits.taggerone).all_documents);
    }
}
