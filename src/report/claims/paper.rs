//! The paper's own figure for what a claim compares.

use super::cells::{Comparison, On, network};
use crate::experiment::claims_file::Systems;
use crate::report::cells::subset_name;
use crate::report::paper_tables::PaperTable;
use crate::report::system::{PaperCorpus, Vectors, framework_name};
use crate::run::spec::Encoder;
/// A system's F1 in Table 2, by the group's name there.
pub(super) fn table2(group: &str, system: &str, corpus: &str, task: &str) -> Option<f64> {
    PaperTable::Main.figure(&[("group", group), ("system", system), ("corpus", corpus), ("task", task)], "f1")
}

/// The best previous system of Table 2: name and F1. Of equals the first.
pub(super) fn best_previous(corpus: &str, task: &str) -> Option<(String, f64)> {
    let mut best: Option<(String, f64)> = None;
    for row in PaperTable::Main.rows().iter().filter(|row| row["group"] == "previous" && row["corpus"] == corpus && row["task"] == task) {
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
        (On::Boundary, _) => PaperTable::Boundary.figure(&[("group", group), ("corpus", corpus)], "ratio"),
        (On::Subset(_, subset), _) => {
            let key = [("group", group), ("subset", subset_name(subset)), ("corpus", corpus), ("task", task)];
            PaperTable::SubsetF1.figure(&key, "f1")
        }
        (_, Some(other)) if system.schedule != other.schedule => None,
        (_, Some(other)) if system.dropout != other.dropout => {
            let dropout = if system.dropout? { "yes" } else { "no" };
            PaperTable::Dropout.figure(&[("dropout", dropout), ("corpus", corpus), ("task", task)], "f1")
        }
        (_, Some(other)) if system.embedding != other.embedding => {
            let embedding = Vectors::of(system.embedding.as_deref()?)?.key();
            PaperTable::Embeddings.figure(&[("embedding", embedding), ("corpus", corpus), ("task", task)], "f1")
        }
        _ => table2(group, network(system).name(), corpus, task),
    }
}

/// A counted fact of a corpus (`ncbi`, `bc5cdr`), summed over the given splits.
pub(super) fn counted(corpus: &str, splits: &[&str], fact: &str) -> Option<f64> {
    splits.iter().map(|split| PaperTable::CorpusFacts.figure::<f64>(&[("corpus", corpus), ("split", split), ("fact", fact)], "value")).sum()
}

/// A number that the paper's text names, or that is counted in it.
pub(super) fn said(fact: &str) -> Option<f64> {
    PaperTable::TextFacts.figure(&[("fact", fact)], "value")
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
    fn figures_and_facts_of_the_paper() {
        assert_eq!(best_previous("bc5cdr", "men").expect("row").0, "LeadMine");
        assert_eq!(fact("ncbi", "documents"), Some(793.0));
        assert!(fact("ncbi", "no_such_fact").is_none());
    }
}
