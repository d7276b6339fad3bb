//! What the paper reports, against what our runs found out about the same test sets: ceilings, partitions, the spread of seeds.

use super::super::paper;
use super::{AuditResult, AuditRow, CORPORA, points, range};
use crate::evaluate::Ceilings;
use crate::evaluate::significance::Spread;
use crate::report::cells::subset_name;
use crate::report::paper_tables::PaperTable;
use crate::report::system::PaperCorpus;
use crate::run::record::{RunRecord, RunState};
use crate::run::spec::{DataSpec, DataSplit, RunSpec, TrainOn};
use std::collections::BTreeMap;

pub(super) fn rows(records: &[RunRecord]) -> Vec<AuditRow> {
    let mut done: Vec<&RunRecord> = records.iter().filter(|record| record.result.state == RunState::Done).collect();
    done.sort_by(|a, b| a.result.run_id.cmp(&b.result.run_id));
    let mut rows: Vec<AuditRow> = Vec::new();
    for (corpus, concept, oracle) in
        [("ncbi", "ceiling-concepts-ncbi", "ceiling-tagger-ncbi"), ("bc5cdr", "ceiling-concepts-bc5cdr", "ceiling-tagger-bc5cdr")]
    {
        rows.push(ceiling(concept, corpus, &done, "every concept that training has seen, at full precision", |ceilings| {
            let recall = recall(ceilings)?;
            Some(2.0 * recall / (1.0 + recall))
        }));
        rows.push(ceiling(
            oracle,
            corpus,
            &done,
            "a perfect tagger that gives whole concept strings seen in training, or none",
            |ceilings| Some(ceilings.oracle_tagger.f1()),
        ));
    }
    rows.push(partition(&done));
    rows.push(crf_against_seeds(&done));
    rows
}

fn on<'a>(corpus: &str, done: &'a [&RunRecord]) -> impl Iterator<Item = &'a RunRecord> {
    let name = PaperCorpus::ALL.into_iter().find(|c| c.key() == corpus).map(PaperCorpus::registry_name);
    done.iter().copied().filter(move |record| Some(record.result.spec.data.corpus.as_str()) == name)
}

/// Share of the gold concepts that occur in training.
fn recall(ceilings: &Ceilings) -> Option<f64> {
    (ceilings.concepts > 0).then(|| ceilings.concepts_seen as f64 / ceilings.concepts as f64)
}

fn ceiling(id: &'static str, corpus: &'static str, done: &[&RunRecord], what: &str, of: impl Fn(&Ceilings) -> Option<f64>) -> AuditRow {
    let title = if corpus == "ncbi" { "NCBI" } else { "BC5CDR" };
    let as_published = |data: &DataSpec| data.train_on == TrainOn::Train && data.split == DataSplit::Official && data.limit.is_none();
    let trained_on_train = on(corpus, done).filter(|record| as_published(&record.result.spec.data));
    let ceiling = trained_on_train.filter_map(|record| record.result.test_ceilings.as_ref()).find_map(|c| Some((of(c)?, recall(c)?)));
    // Systems that the paper trains itself: those that tag with what training shows them.
    let reported: Vec<f64> = PaperTable::Main
        .rows()
        .iter()
        .filter(|row| row["group"] != "previous" && row["corpus"] == corpus && row["task"] == "men")
        .filter_map(|row| row["f1"].parse().ok())
        .collect();
    let (_, best) = range(&reported).unwrap_or_default();
    let (found, result) = match ceiling {
        None => ("no run on this corpus has its ceilings".to_owned(), AuditResult::NotRun),
        Some((ceiling, recall)) => {
            let above = reported.iter().filter(|f1| **f1 > ceiling).count();
            let mut told =
                format!("ceiling {ceiling:.4}, best reported {best:.4}; {above} of {} reported figures lie above it", reported.len());
            // F = 2PR / (P + R), solved for P.
            let precision = best * recall / (2.0 * recall - best);
            if precision > 0.0 && precision <= 1.0 {
                told += &format!("; with every seen concept found ({recall:.3} of all) the best needs a precision of {precision:.3}");
            }
            (told, AuditResult::of(above == 0))
        }
    };
    AuditRow {
        id,
        place: "Table 2",
        statement: format!("Normalization F1 on {title} can be that of a tagger whose concept tags come from train alone"),
        checked: what.to_owned(),
        found,
        result,
        source: "data/paper/table2_main.csv, run records",
    }
}

fn partition(done: &[&RunRecord]) -> AuditRow {
    let mut told = Vec::new();
    let mut holds = true;
    for (corpus, title) in CORPORA {
        let Some(scores) = on(corpus, done)
            .filter(|record| record.result.spec.embedding == RunSpec::default().embedding)
            .find_map(|record| record.result.test.as_ref().filter(|test| !test.oov.is_empty()))
        else {
            continue;
        };
        let line: Vec<String> = scores
            .oov
            .iter()
            .map(|ours| {
                let name = subset_name(ours.subset);
                let said =
                    PaperTable::Subsets.figure::<f64>(&[("subset", name), ("corpus", corpus)], "unique_entities").unwrap_or_default();
                holds &= [ours.unique_strings, ours.unique_pairs, ours.mentions].contains(&(said as u64));
                format!(
                    "{name} {said} against {} strings, {} with concept, {} mentions",
                    ours.unique_strings, ours.unique_pairs, ours.mentions
                )
            })
            .collect();
        told.push(format!("{title}: {}", line.join(", ")));
    }
    let result = if told.is_empty() { AuditResult::NotRun } else { AuditResult::of(holds) };
    AuditRow {
        id: "table6-against-ours",
        place: "OOV Entities Error Analysis, Table 6",
        statement: "Sizes of the four subsets".into(),
        checked: "our partition with word2vec-50, counted three ways; the vectors may stand in for the paper's".into(),
        found: if told.is_empty() { "no run with word2vec-50 has the partition".into() } else { told.join("; ") },
        result,
        source: "data/paper/table6_oov_partition.csv, run records",
    }
}

/// A difference below what another seed alone makes can come from either.
fn crf_against_seeds(done: &[&RunRecord]) -> AuditRow {
    let mut by_system: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for record in done {
        let Some(test) = &record.result.test else { continue };
        if PaperCorpus::of(&record.result.spec.data.corpus).is_none() {
            continue;
        }
        let key = serde_json::to_string(&RunSpec { seed: 0, ..record.result.spec.clone() }).unwrap_or_default();
        by_system.entry(format!("{key} mer")).or_default().push(test.mention.kit.f1());
        by_system.entry(format!("{key} men")).or_default().push(test.concept.kit.f1());
    }
    let deviations: Vec<f64> = by_system.values().filter(|scores| scores.len() >= 3).filter_map(|scores| Spread::of(scores)?.sd).collect();
    let largest = PaperTable::Main
        .rows()
        .iter()
        .filter(|row| row["system"].ends_with("-CRF"))
        .filter_map(|row| {
            let base = row["system"].strip_suffix("-CRF")?;
            let with: f64 = row["f1"].parse().ok()?;
            Some((with - paper::table2(&row["group"], base, &row["corpus"], &row["task"])?).abs())
        })
        .max_by(f64::total_cmp)
        .unwrap_or_default();
    let (found, result) = match Spread::of(&deviations) {
        None => (format!("the largest is {} points; no system here has three seeds", points(largest)), AuditResult::NotRun),
        Some(spread) => (
            format!(
                "the largest is {} points; ours deviate by {} points from seed to seed (median of {} systems and tasks)",
                points(largest),
                points(spread.median),
                spread.n
            ),
            if largest >= spread.median { AuditResult::Holds } else { AuditResult::CannotBeTold },
        ),
    };
    AuditRow {
        id: "crf-against-seeds",
        place: "Main Results, Table 2",
        statement: "A CRF changes F1 by a few hundredths of a point at most, in every row".into(),
        checked: "whether the largest of these differences reaches the deviation of one system from seed to seed".into(),
        found,
        result,
        source: "data/paper/table2_main.csv, run records",
    }
}
