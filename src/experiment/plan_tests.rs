use super::*;
use crate::experiment::spec_file::{Names, load};

/// Data for every corpus, and for every embedding but Senna's.
struct Data;

impl DataLookup for Data {
    fn look_up(&self, spec: &RunSpec) -> Result<DataOfRun, LookupError> {
        if spec.embedding.name == "senna-50" {
            return Err(LookupError::NotHere(
                "embedding `senna-50`: its vectors cannot be downloaded; put words.lst and embeddings.txt under embeddings/senna".into(),
            ));
        }
        let digests = DataDigests { corpus: spec.data.corpus.clone(), embedding: spec.embedding.name.clone(), ..DataDigests::default() };
        let size =
            DataSize { train_documents: 60, train_tokens: 12_000, dev_tokens: 4_000, test_tokens: 4_000, men_tags: 60, dimension: 50 };
        Ok(DataOfRun { digests, size })
    }
}

/// Runs of this seed are done; of these, those without data have been published.
struct Seed(u64);

impl PastRuns for Seed {
    fn is_done(&self, id: &str) -> Result<bool, StoreError> {
        let mut spec = RunSpec { seed: self.0, ..RunSpec::default() };
        spec.data.corpus = "mini".into();
        Ok(id == run_id(&spec, &Data.look_up(&spec).unwrap_or_default().digests))
    }

    fn published_like(&self, spec: &RunSpec) -> Result<Option<String>, StoreError> {
        Ok((spec.seed == self.0).then(|| "f".repeat(64)))
    }
}

fn plan(text: &str, done: u64) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yaml");
    std::fs::write(&path, text).unwrap();
    let names = Names {
        corpora: vec!["mini".into(), "ncbi-disease".into()],
        embeddings: vec!["word2vec-50".into(), "senna-50".into()],
        ..Names::default()
    };
    Plan::new(&load(&path, &names, &[]).unwrap(), &Data, &Seed(done)).unwrap()
}

const TEXT: &str = "\
defaults: {data.corpus: mini}
runs:
  - {label: as it is}
  - {label: 'the same in other words, which are so many that they do not fit one line of a table', set: {model.crf_feedback: emissions}}
  - {label: senna, set: {embedding.name: senna-50}}
seeds: [1, 2]
";

#[test]
fn the_table_fits_80_columns_and_ends_with_the_summary() {
    let table = plan(TEXT, 2).table(2);
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert_eq!(table.lines().last(), Some("4 runs: 2 done, 1 to do, 1 not run"));
    insta::assert_snapshot!(table);
}

#[test]
fn runs_that_differ_in_nothing_that_matters_are_shared() {
    let text = "\
defaults: {data.corpus: mini}
matrix:
  model.framework: [pipeline, mtl, mtl-both-feedback]
  model.feedback.value: [prob, log_prob]
  model.crf_feedback: [emissions, marginals]
  model.crf: [false, true]
";
    let plan = plan(text, 99);
    // Without feedback only the CRF matters; with it the value does, and with a CRF what it feeds back.
    assert_eq!((plan.planned, plan.entries.len()), (24, 2 + 2 + 2 + 4));
    let mut ids: Vec<_> = plan.entries.iter().map(|entry| entry.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), plan.entries.len());
    assert_eq!(plan.entries.iter().map(|entry| entry.names.len()).sum::<usize>(), 24);
}

#[test]
fn more_jobs_take_no_longer_than_fewer() {
    let plan = plan("defaults: {data.corpus: mini}\nseeds: [1, 2, 3, 4, 5]\n", 99);
    let one = plan.minutes_with(1);
    assert!((one - plan.to_do().map(|entry| entry.minutes).sum::<f64>()).abs() < 1e-9);
    assert!((plan.minutes_with(2) - one * 3.0 / 5.0).abs() < 1e-9);
    assert!((plan.minutes_with(50) - one / 5.0).abs() < 1e-9);
}

#[test]
fn the_longest_runs_are_begun_first_and_equal_ones_in_the_order_of_the_file() {
    let plan = plan("defaults: {data.corpus: mini}\nmatrix: {train.epochs: [5, 40, 20]}\nseeds: [1, 2]\n", 99);
    let begun: Vec<(usize, u64)> = plan.longest_first().iter().map(|entry| (entry.spec.train.epochs, entry.spec.seed)).collect();
    assert_eq!(begun, [(40, 1), (40, 2), (20, 1), (20, 2), (5, 1), (5, 2)]);
    assert!(plan.minutes_with(2) <= plan.minutes_with(1) / 2.0 + 1e-9);
}

#[test]
fn long_words_are_cut_to_the_width() {
    assert_eq!(wrapped("aa bb cccccc d", 5), ["aa bb", "ccccc", "c d"]);
    assert_eq!(wrapped("", 5), [""]);
}
