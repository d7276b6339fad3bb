//! What tables and text say of the data, against the corpora and vocabularies as distributed.

use super::super::paper::{self, SPLITS, counted, table2};
use super::{AuditResult, AuditRow, CORPORA, TASKS};
use crate::report::paper_tables::PaperTable;

const FACTS: &str = "data/paper/corpus_facts.csv";

pub(super) fn rows() -> Vec<AuditRow> {
    vec![
        table_1("table1-articles", "articles", "documents", "documents of the three splits"),
        table_1("table1-disease-mentions", "disease_mentions", "disease_mentions", "annotation lines of the three splits"),
        table_1("table1-chemical-mentions", "chemical_mentions", "chemical_mentions", "annotation lines of the three splits"),
        table_1_concepts(),
        medic(),
        single_words(),
        table_6(),
        table_7(),
    ]
}

fn table_1(id: &'static str, column: &str, fact: &str, checked: &str) -> AuditRow {
    let mut told = Vec::new();
    let mut holds = true;
    for (corpus, title) in CORPORA {
        let said = PaperTable::Corpora.figure::<f64>(&[("corpus", corpus)], column).unwrap_or_default();
        let is = counted(corpus, &SPLITS, fact).unwrap_or_default();
        holds &= said == is;
        let mut line = format!("{title} {said} against {is}");
        let repeated = counted(corpus, &["train"], "repeated_document_mentions").unwrap_or_default();
        if said != is && fact == "disease_mentions" && repeated > 0.0 && said == is - repeated {
            line += &format!(" (the {repeated} of an article that stands twice in train counted once)");
        }
        told.push(line);
    }
    AuditRow {
        id,
        place: "Table 1",
        statement: format!("Number of {}", column.replace('_', " ")),
        checked: checked.to_owned(),
        found: told.join("; "),
        result: AuditResult::of(holds),
        source: "data/paper/table1_corpora.csv, data/paper/corpus_facts.csv",
    }
}

/// The column can be had in several ways; each corpus comes near another of them.
fn table_1_concepts() -> AuditRow {
    let mut told = Vec::new();
    let mut holds = true;
    for (corpus, title) in CORPORA {
        let said = PaperTable::Corpora.figure::<f64>(&[("corpus", corpus)], "concepts").unwrap_or_default();
        let distinct = counted(corpus, &["all"], "concepts").unwrap_or_default();
        let strings = counted(corpus, &SPLITS, "concept_strings").unwrap_or_default();
        let pairs = counted(corpus, &SPLITS, "document_concepts").unwrap_or_default();
        holds &= said == distinct;
        told.push(format!(
            "{title} {said} against {distinct} distinct ids ({strings} concept strings summed over the splits, {pairs} pairs of document and id)"
        ));
    }
    AuditRow {
        id: "table1-concepts",
        place: "Table 1",
        statement: "Number of concepts".into(),
        checked: "distinct ids of the three splits together".into(),
        found: told.join("; "),
        result: AuditResult::of(holds),
        source: "data/paper/table1_corpora.csv, data/paper/corpus_facts.csv",
    }
}

fn medic() -> AuditRow {
    let of = |fact| paper::said(fact).unwrap_or_default();
    let (diseases, terms) = (of("medic_diseases"), of("medic_terms"));
    let copies = [("2012", "medic_2012_diseases", "medic_2012_terms"), ("2015", "medic_2015_diseases", "medic_2015_terms")];
    let told: Vec<String> =
        copies.iter().map(|(year, diseases, terms)| format!("copy of {year}: {} diseases, {} terms", of(diseases), of(terms))).collect();
    let near = copies.iter().any(|(_, d, t)| (of(d) - diseases).abs() / diseases < 0.05 && (of(t) - terms).abs() / terms < 0.05);
    AuditRow {
        id: "medic-size",
        place: "Datasets",
        statement: format!("MEDIC has {diseases} diseases and more than {terms} terms"),
        checked: "the two copies counted, within 5 %; the paper names no version".into(),
        found: told.join("; "),
        result: AuditResult::of(near),
        source: "data/paper/text_facts.csv",
    }
}

fn single_words() -> AuditRow {
    let mut told = Vec::new();
    let mut holds = true;
    for (corpus, title) in CORPORA {
        let share = |splits: &[&str], fact: &str| {
            100.0 * counted(corpus, splits, fact).unwrap_or_default() / counted(corpus, splits, "disease_mentions").unwrap_or(1.0)
        };
        let (all, test) = (share(&SPLITS, "single_word_mentions"), share(&["test"], "single_word_mentions"));
        let blanks = share(&SPLITS, "single_blank_word_mentions");
        holds &= all > 50.0;
        told.push(format!("{title} {all:.0} % ({test:.0} % in test; {blanks:.0} % where only blanks part words)"));
    }
    AuditRow {
        id: "single-word-mentions",
        place: "Main Results",
        statement: "Most mentions of the data sets are single words".into(),
        checked: "disease mentions of one token, over the three splits".into(),
        found: told.join("; "),
        result: AuditResult::of(holds),
        source: FACTS,
    }
}

fn partition(corpus: &str) -> f64 {
    PaperTable::Subsets.figures::<f64>(&[("corpus", corpus)], "unique_entities").sum()
}

fn table_6() -> AuditRow {
    let mut told = Vec::new();
    let mut holds = true;
    for (corpus, title) in CORPORA {
        let sum = partition(corpus);
        let of = |splits: &[&str], fact: &str| counted(corpus, splits, fact).unwrap_or_default();
        let (strings, pairs, mentions) =
            (of(&["test"], "unique_strings"), of(&["test"], "unique_pairs"), of(&["test"], "disease_mentions"));
        let summed = of(&SPLITS, "concept_strings");
        holds &= [strings, pairs, mentions].contains(&sum);
        let also =
            if sum == summed { format!("; it equals the concept strings summed over all three splits, {summed}") } else { String::new() };
        told.push(format!(
            "{title} sums to {sum}, the test set has {strings} unique strings ({pairs} with concept) and {mentions} mentions{also}"
        ));
    }
    AuditRow {
        id: "table6-sums",
        place: "OOV Entities Error Analysis, Table 6",
        statement: "The four subsets partition the unique entities of the test set".into(),
        checked: "the sum of the subsets against the test set's strings, strings with concept, and mentions".into(),
        found: told.join("; "),
        result: AuditResult::of(holds),
        source: "data/paper/table6_oov_partition.csv, data/paper/corpus_facts.csv",
    }
}

/// F1 over a partition is the mean of the parts' F1, weighted by each part's gold and predicted entities. So from a part's F1, the
/// lowest F1 of the others and the overall F1 follows the largest share that the part can have.
fn table_7() -> AuditRow {
    let mut told = Vec::new();
    for group in ["pipeline", "MTL-MEN&MER_feedback"] {
        for (corpus, title) in CORPORA {
            let share = PaperTable::Subsets.figure::<f64>(&[("corpus", corpus), ("subset", "IV")], "unique_entities").unwrap_or_default()
                / partition(corpus).max(1.0);
            for (task, name) in TASKS {
                let f1 = |subset: &str| {
                    PaperTable::SubsetF1.figure::<f64>(&[("group", group), ("subset", subset), ("corpus", corpus), ("task", task)], "f1")
                };
                let others = ["OOTV", "OOEV", "OOBV"].iter().filter_map(|subset| f1(subset));
                if let (Some(overall), Some(inside), Some(lowest)) =
                    (table2(group, "Bi-LSTM-CNNs-CRF", corpus, task), f1("IV"), others.min_by(f64::total_cmp))
                {
                    let largest = (overall - lowest) / (inside - lowest);
                    if largest < share {
                        told.push(format!(
                            "{title} {name}, {group}: overall {overall:.4} with IV {inside:.4} leaves IV at most {:.0} %, Table 6 gives it {:.0} %",
                            largest * 100.0,
                            share * 100.0
                        ));
                    }
                }
            }
        }
    }
    AuditRow {
        id: "table7-against-overall",
        place: "OOV Entities Error Analysis, Tables 2, 6 and 7",
        statement: "The F1 of the four subsets are those of the systems of Table 2".into(),
        checked: "the largest share that IV can have, given the F1 of the subsets and of the whole, against its share of the unique entities in Table 6".into(),
        found: if told.is_empty() { "fits in all eight cases".into() } else { format!("{} of 8 do not fit: {}", told.len(), told.join("; ")) },
        result: AuditResult::of(told.is_empty()),
        source: "data/paper/table2_main.csv, table6_oov_partition.csv, table7_oov_f1.csv",
    }
}
