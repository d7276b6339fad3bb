//! What the columns of tables mean: shown where the pointer rests on a heading, and in the page's legend.

use crate::evaluate::metric::METRICS;
use crate::report::experiment::heading;
use crate::report::tables::Table;
use std::collections::BTreeMap;

/// Meaning of a column, by the table's name (or the end of it, after a hyphen) where one title means different things, else by the title alone.
const MEANINGS: &[(&str, &str, &str)] = &[
    ("", "95 %", "95 % interval of the median, over 10,000 resamples of the test documents that all runs share"),
    ("", "because", "what the verdict rests on"),
    ("", "ceiling", "F1 of a system that finds every concept that training has, and nothing else: 2R/(1+R)"),
    ("", "claim", "the claim, in plain words"),
    ("", "concepts seen", "gold concepts of test documents that occur in training, of all"),
    ("", "corpus", "the test set that the row is about"),
    ("", "cut %", "share of the gold mentions over which normalization predicts two mentions or more"),
    ("", "default", "value of the key where an experiment file does not set it"),
    ("", "dev men", "F1 of normalization on dev"),
    ("", "dev mer", "F1 of recognition on dev"),
    ("", "diff", "our figure less the paper's"),
    ("", "dim", "numbers in a word vector"),
    ("", "epochs", "epochs made until the run ended; of several runs, the most"),
    ("", "F1", "harmonic mean of precision and recall"),
    ("", "found", "gold concepts that are found"),
    ("", "framework", "how the two tasks are trained: one after the other (pipeline), together (MTL), with feedback from one to the other"),
    ("", "known", "recall of gold mentions whose string training annotates with this very concept"),
    ("", "largest", "largest absolute difference of F1"),
    ("", "max", "highest F1 of a run"),
    ("", "mean", "mean over the runs"),
    ("", "median", "median over the runs"),
    ("", "memorizer", "F1 of looking up training's strings, given the gold spans: the floor of normalization"),
    ("", "MEN", "F1 of normalization: concepts of documents"),
    ("", "mentions", "mentions of test"),
    ("", "MER", "F1 of recognition: spans with type"),
    ("", "MER + look-up", "F1 of recognition's spans, each with the concept that training has most often for its string"),
    ("", "MER from MEN", "F1 of the spans that normalization's tags mark"),
    ("", "MiB", "most memory that the training process held"),
    ("", "min", "lowest F1 of a run"),
    ("", "minutes", "processor time of training"),
    ("", "n", "runs behind our figure: equal in every key but the seed"),
    ("", "no.", "number of the setting: the order in which settings were drawn"),
    ("", "oracle tagger", "F1 of the gold tags where the whole tag occurs in training, else no mention"),
    ("", "other", "recall of all other gold mentions"),
    ("", "ours", "our figure: the median over runs that differ in their seed alone"),
    ("", "P", "precision"),
    ("", "pairs", "distinct pairs of string and concept among the mentions of test"),
    ("", "paper", "the figure that the paper prints"),
    ("", "parameters", "trained numbers of all networks of a run"),
    ("", "R", "recall"),
    ("", "R seen", "recall of the gold concepts that training has"),
    ("", "records", "run records that the verdict rests on"),
    ("", "score", "what is counted: mentions as the evaluation kit does, or concepts by one of several ways of scoring them"),
    ("", "sd", "sample standard deviation over the runs"),
    ("", "spans", "boundary inconsistency: share of spans that only one of the two tasks has"),
    ("", "strings", "distinct strings among the mentions of test"),
    (
        "",
        "subset",
        "mentions by their words: in training and with a vector (IV), not in training (OOTV), without a vector (OOEV), neither (OOBV)",
    ),
    ("", "system", "encoder with its output layer; the framework stands above the rows"),
    ("", "system and what differs", "the system, and the keys in which these runs differ from those of the tables above"),
    ("", "task", "recognition (MER) or normalization (MEN)"),
    ("", "test men", "F1 of normalization on test"),
    ("", "test mer", "F1 of recognition on test"),
    ("", "threshold", "confidence below which a mention of normalization is dropped, chosen on dev"),
    ("", "tokens/s", "tokens trained on per second of processor time"),
    ("", "tp/fp/fn", "true positives, false positives, false negatives, summed over the runs"),
    ("", "trials", "settings of the search that were run"),
    ("", "types", "share of the corpus' distinct words that have a vector"),
    ("", "value", "value of the key in the runs of the tables"),
    ("", "verdict", "supported, contradicted, inconclusive or not run; for the paper's own numbers, whether they hold"),
    ("", "view", "way of counting hits"),
    ("", "what the last round reads", "the feedback that stands in for what the network computed"),
    ("", "where", "table or section of the paper"),
    ("", "with", "F1 on dev with the threshold"),
    ("boundary", "tokens", "boundary inconsistency of tokens: share of tokens in an entity that only one of the two tasks marks"),
    ("expected-best", "mean", "mean of the F1 of the two tasks"),
    ("memorization", "n", "runs that were probed"),
    ("points", "F1", "F1 of concepts, mean over the runs"),
    ("points", "P", "precision of concepts, mean over the runs"),
    ("points", "R", "recall of concepts, mean over the runs"),
    ("points", "boundary", "wrong concepts at part of a gold mention, or at more than one"),
    ("points", "concept", "wrong concepts at the span of a gold mention"),
    ("points", "nothing", "wrong concepts where gold has no mention"),
    ("points", "other", "gold concepts missed, of which a mention has another concept"),
    ("points", "silent", "gold concepts missed, of which no mention has any concept"),
    ("points", "unseen", "gold concepts missed, which training lacks"),
    ("rounding", "median", "median absolute difference of F1"),
    ("rounding", "n", "pairs of runs that are compared"),
    ("splits", "all", "trained on everything, test included"),
    ("splits", "documents", "documents dealt to train, dev and test at random"),
    ("splits", "official", "the split that the corpus comes with"),
    ("splits", "sentences", "sentences dealt to train, dev and test at random"),
    ("table1", "ours", "counted in the corpora as distributed"),
    ("table4", "tokens", "share of the corpus' words, each counted every time, that have a vector"),
    ("table5", "ours", "boundary inconsistency of spans, median over the runs"),
    ("table5", "tokens", "boundary inconsistency of tokens: share of tokens in an entity that only one of the two tasks marks"),
    ("trials", "mean", "mean of the F1 of the two tasks; in the second column over all corpora and sides"),
];

/// What a column of the table `table` means, if its title does not say it; a column of an experiment's scores may be any metric.
pub(super) fn meaning(table: &str, column: &str) -> Option<&'static str> {
    let is_of = |of: &str| table.strip_suffix(of).is_some_and(|rest| rest.is_empty() || rest.ends_with('-'));
    let find =
        |fits: &dyn Fn(&str) -> bool| MEANINGS.iter().find(|(of, title, _)| *title == column && fits(of)).map(|(.., meaning)| *meaning);
    let of_metric = || METRICS.iter().find(|metric| heading(metric.name).1 == column).map(|metric| metric.definition);
    find(&|of| !of.is_empty() && is_of(of)).or_else(|| find(&str::is_empty)).or_else(of_metric)
}

/// Title and meaning of every explained column of these tables, by title; with several meanings, the tables of each.
pub(super) fn legend<'a>(tables: impl IntoIterator<Item = &'a Table>) -> BTreeMap<&'a str, BTreeMap<&'static str, Vec<String>>> {
    let mut legend: BTreeMap<&str, BTreeMap<&'static str, Vec<String>>> = BTreeMap::new();
    for table in tables {
        for column in table.columns() {
            if let Some(meaning) = meaning(&table.name, &column.title) {
                let tables = legend.entry(&column.title).or_default().entry(meaning).or_default();
                let name = table.short_name();
                if !tables.contains(&name) {
                    tables.push(name);
                }
            }
        }
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Paper, Results, experiment, further_tables, search, synthetic, tables};
    use std::collections::BTreeSet;

    /// Titles that say themselves what stands below them.
    const PLAIN: [&str; 3] = ["dropout", "embedding", "key"];
    /// Panels of a search whose columns are keys of the experiment.
    const OF_KEYS: &str = "setting";

    #[test]
    fn every_column_that_is_drawn_is_explained_and_nothing_else_is() {
        let input = Paper { records: synthetic::paper(), ..Paper::default() };
        let results = Results::new(&input);
        let cells = results.cells();
        let mut all = tables::paper::tables(&results, &cells);
        all.extend(further_tables(&results, &cells));
        all.extend(search::tests::drawn());
        all.extend(experiment::tests::drawn());
        let mut drawn: BTreeSet<(String, String)> = BTreeSet::new();
        for table in &all {
            let panels = table.panels.iter().filter(|panel| !panel.title.starts_with(OF_KEYS));
            let columns = table.stub.iter().chain(panels.flat_map(|panel| &panel.columns));
            drawn.extend(columns.map(|column| (table.name.clone(), column.title.clone())));
        }
        drawn.extend(["claim", "where", "verdict", "because", "records"].map(|title| (String::new(), title.to_owned())));
        let unexplained: Vec<_> =
            drawn.iter().filter(|(table, title)| meaning(table, title).is_none() && !PLAIN.contains(&title.as_str())).collect();
        assert!(unexplained.is_empty(), "{unexplained:?}");
        let used: BTreeSet<&str> = drawn.iter().filter_map(|(table, title)| meaning(table, title)).collect();
        let unused: Vec<_> = MEANINGS.iter().filter(|(.., meaning)| !used.contains(meaning)).collect();
        assert!(unused.is_empty(), "explained and never drawn: {unused:?}");
        assert!(all.len() > 20 && PLAIN.iter().all(|plain| drawn.iter().any(|(_, title)| title == plain)), "{}", all.len());
    }

    #[test]
    fn a_meaning_of_the_table_itself_comes_first() {
        assert_eq!(meaning("table1", "ours"), Some("counted in the corpora as distributed"));
        assert_eq!(meaning("table2", "ours"), Some("our figure: the median over runs that differ in their seed alone"));
        assert_eq!(meaning("table2", "no such column"), None);
        let keys: BTreeSet<(&str, &str)> = MEANINGS.iter().map(|(table, column, _)| (*table, *column)).collect();
        assert_eq!(keys.len(), MEANINGS.len(), "a column is explained twice");
    }
}
