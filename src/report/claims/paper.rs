//! The published figures and the counted facts, compiled in from `data/paper`.

use super::cells::{Comparison, On, network, subset_name};
use crate::experiment::claims_file::Systems;
use crate::report::system::{PaperCorpus, Vectors, framework_name};
use crate::run::spec::Encoder;
use std::collections::BTreeMap;

const TABLES: [(&str, &str); 9] = [
    ("table1_corpora", include_str!("../../../data/paper/table1_corpora.csv")),
    ("table2_main", include_str!("../../../data/paper/table2_main.csv")),
    ("table3_dropout", include_str!("../../../data/paper/table3_dropout.csv")),
    ("table4_embeddings", include_str!("../../../data/paper/table4_embeddings.csv")),
    ("table5_boundary_inconsistency", include_str!("../../../data/paper/table5_boundary_inconsistency.csv")),
    ("table6_oov_partition", include_str!("../../../data/paper/table6_oov_partition.csv")),
    ("table7_oov_f1", include_str!("../../../data/paper/table7_oov_f1.csv")),
    ("corpus_facts", include_str!("../../../data/paper/corpus_facts.csv")),
    ("text_facts", include_str!("../../../data/paper/text_facts.csv")),
];

/// One row: column -> text.
pub(super) type Row = BTreeMap<String, String>;

/// The rows of `data/paper/<name>.csv`.
pub(super) fn rows(name: &str) -> Vec<Row> {
    let text = TABLES.iter().find(|(table, _)| *table == name).map_or("", |(_, text)| text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().filter_map(Result::ok).collect()
}

/// The value of `column` in the rows where every given column has the given text, in file order; empty cells are left out.
pub(super) fn values(name: &str, column: &str, wanted: &[(&str, &str)]) -> Vec<f64> {
    rows(name)
        .iter()
        .filter(|row| wanted.iter().all(|(key, value)| row.get(*key).is_some_and(|found| found == value)))
        .filter_map(|row| row.get(column)?.parse().ok())
        .collect()
}

/// The one such value.
pub(super) fn value(name: &str, column: &str, wanted: &[(&str, &str)]) -> Option<f64> {
    values(name, column, wanted).first().copied()
}

/// A system's F1 in Table 2, by the group's name there.
pub(super) fn table2(group: &str, system: &str, corpus: &str, task: &str) -> Option<f64> {
    value("table2_main", "f1", &[("group", group), ("system", system), ("corpus", corpus), ("task", task)])
}

/// The best previous system of Table 2: name and F1. Of equals the first.
pub(super) fn best_previous(corpus: &str, task: &str) -> Option<(String, f64)> {
    let mut best: Option<(String, f64)> = None;
    for row in rows("table2_main").iter().filter(|row| row["group"] == "previous" && row["corpus"] == corpus && row["task"] == task) {
        if let Ok(f1) = row["f1"].parse::<f64>()
            && best.as_ref().is_none_or(|(_, known)| f1 > *known)
        {
            best = Some((row["system"].clone(), f1));
        }
    }
    best
}

/// The paper's own figure for a comparison, from the table that it is about: the difference, the difference of gains, or the distance
/// from the best previous system and `by` more. `None` where the paper prints none.
pub(super) fn difference(comparison: &Comparison, by: f64) -> Option<f64> {
    let corpus = PaperCorpus::of(&comparison.corpus)?.key();
    let Some(second) = &comparison.second else {
        let task = comparison.on.task();
        return Some(figure(&comparison.first, None, corpus, comparison.on)? - best_previous(corpus, task)?.1 - by);
    };
    let gain = |one: &Systems, other: &Systems, on: On| Some(figure(one, Some(other), corpus, on)? - figure(other, Some(one), corpus, on)?);
    match comparison.on {
        On::F1(_) | On::Boundary | On::Subset(..) => gain(&comparison.first, second, comparison.on),
        On::SubsetGains(task, large, small) => {
            let on = |subset| gain(&comparison.first, second, On::Subset(task, subset));
            Some(on(large)? - on(small)?)
        }
        On::TaskGains(task, other_task) => {
            let (other, other_base) = comparison.against.as_ref()?;
            Some(gain(&comparison.first, second, On::F1(task))? - gain(other, other_base, On::F1(other_task))?)
        }
    }
}

/// A system's printed figure, in the table that varies what it differs in from `other`.
fn figure(system: &Systems, other: Option<&Systems>, corpus: &str, on: On) -> Option<f64> {
    let group = match system.encoder {
        Some(Encoder::Idcnn) => "previous",
        _ => framework_name(system.framework?),
    };
    let task = on.task();
    match (on, other) {
        (On::Boundary, _) => value("table5_boundary_inconsistency", "ratio", &[("group", group), ("corpus", corpus)]),
        (On::Subset(_, subset), _) => {
            let key = [("group", group), ("subset", subset_name(subset)), ("corpus", corpus), ("task", task)];
            value("table7_oov_f1", "f1", &key)
        }
        (_, Some(other)) if system.schedule != other.schedule => None,
        (_, Some(other)) if system.dropout != other.dropout => {
            let dropout = if system.dropout? { "yes" } else { "no" };
            value("table3_dropout", "f1", &[("dropout", dropout), ("corpus", corpus), ("task", task)])
        }
        (_, Some(other)) if system.embedding != other.embedding => {
            let embedding = Vectors::of(system.embedding.as_deref()?)?.key();
            value("table4_embeddings", "f1", &[("embedding", embedding), ("corpus", corpus), ("task", task)])
        }
        _ => table2(group, network(system).name(), corpus, task),
    }
}

/// A counted fact of a corpus (`ncbi`, `bc5cdr`), summed over the given splits.
pub(super) fn counted(corpus: &str, splits: &[&str], fact: &str) -> Option<f64> {
    splits.iter().map(|split| value("corpus_facts", "value", &[("corpus", corpus), ("split", split), ("fact", fact)])).sum()
}

/// A number that the paper's text names, or that is counted in it.
pub(super) fn said(fact: &str) -> Option<f64> {
    value("text_facts", "value", &[("fact", fact)])
}

pub(super) const SPLITS: [&str; 3] = ["train", "dev", "test"];

/// Share of disease mentions that are one token, over all splits; other names are counts.
pub(super) fn fact(corpus: &str, name: &str) -> Option<f64> {
    match name {
        "single_word_share" => Some(counted(corpus, &SPLITS, "single_word_mentions")? / counted(corpus, &SPLITS, "disease_mentions")?),
        name => counted(corpus, &SPLITS, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_whole() {
        for (name, text) in TABLES {
            assert_eq!(rows(name).len(), text.lines().count() - 1, "{name}");
        }
        assert_eq!(best_previous("bc5cdr", "men").expect("row").0, "LeadMine");
        assert_eq!(fact("ncbi", "documents"), Some(793.0));
        assert!(fact("ncbi", "no_such_fact").is_none());
    }
}
