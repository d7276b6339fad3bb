//! What the text says, against the paper's own tables.

use super::super::paper::{self, best_previous, table2};
use super::{AuditResult, AuditRow, CORPORA, TASKS, points, range};
use crate::report::paper_tables::PaperTable;

const GROUPS: [&str; 5] = ["pipeline", "MTL", "MTL-MEN_feedback", "MTL-MER_feedback", "MTL-MEN&MER_feedback"];
const NETWORKS: [&str; 4] = ["Bi-LSTM", "Bi-LSTM-CRF", "Bi-LSTM-CNNs", "Bi-LSTM-CNNs-CRF"];
const BOTH: &str = "MTL-MEN&MER_feedback";
const TABLE_2: &str = "data/paper/table2_main.csv";

pub(super) fn rows() -> Vec<AuditRow> {
    vec![
        quoted_gain("quoted-recognition-gain", "mer", "quoted_recognition_gain"),
        quoted_gain("quoted-normalization-gain", "men", "quoted_normalization_gain"),
        joint_against_pipeline(),
        steady("crf-never-matters", "Adding a CRF brings no significant improvement", crf_effects()),
        rises("cnn-in-every-cell", "The character CNN improves both tasks everywhere", GROUPS.map(|g| (g, g)).to_vec(), |n| {
            (n == "Bi-LSTM-CNNs" || n == "Bi-LSTM-CNNs-CRF").then(|| n.replace("-CNNs", ""))
        }),
        over("mtl-in-every-cell", "Multi-task learning beats the pipeline everywhere", &[("MTL", "pipeline")]),
        over("men-feedback-in-every-cell", "Feedback from normalization improves both tasks everywhere", &[("MTL-MEN_feedback", "MTL")]),
        over("mer-feedback-in-every-cell", "Feedback from recognition improves both tasks everywhere", &[("MTL-MER_feedback", "MTL")]),
        over(
            "mer-above-men-feedback",
            "Feedback from recognition helps more than feedback from normalization",
            &[("MTL-MER_feedback", "MTL-MEN_feedback")],
        ),
        over("both-feedbacks-in-every-cell", "Both feedbacks together are best everywhere", &GROUPS.map(|g| (BOTH, g))[..4]),
        needs_more_support(),
        best_rows_agree(),
        dropout(),
        embeddings("pretrained-above-random", "Pre-trained vectors beat random ones", &["senna", "glove", "word2vec"], &["random"]),
        embeddings("word2vec-above-others", "Word2Vec is best on both tasks", &["word2vec"], &["random", "senna", "glove"]),
        senna_near_glove(),
        inconsistency(),
        largest_subset_gains(),
        digits(),
        significance(),
        runs_behind_figures(),
        metrics_shown(),
    ]
}

fn quoted_gain(id: &'static str, task: &'static str, fact: &str) -> AuditRow {
    let gains: Vec<(f64, String)> = CORPORA
        .iter()
        .filter_map(|(corpus, title)| {
            let ours = NETWORKS.iter().filter_map(|network| table2(BOTH, network, corpus, task)).max_by(f64::total_cmp)?;
            let (system, best) = best_previous(corpus, task)?;
            Some((ours - best, format!("{title} {} over {system} ({ours:.4} - {best:.4})", points(ours - best))))
        })
        .collect();
    let said = paper::said(fact).unwrap_or_default();
    let largest = gains.iter().map(|(gain, _)| *gain).max_by(f64::total_cmp).unwrap_or_default();
    AuditRow {
        id,
        place: "Introduction",
        statement: format!(
            "Up to {said} points of F1 better than the state of the art ({})",
            if task == "mer" { "recognition" } else { "normalization" }
        ),
        checked: "best multi-task row less best previous system, on each corpus".into(),
        found: gains.iter().map(|(_, told)| told.as_str()).collect::<Vec<_>>().join("; "),
        result: AuditResult::of((largest * 100.0 - said).abs() < 0.005),
        source: "data/paper/table2_main.csv, data/paper/text_facts.csv",
    }
}

/// Which previous systems the text calls pipelines and which joint models.
fn joint_against_pipeline() -> AuditRow {
    let (pipelines, joint) = (["LeadMine", "IDCNN"], ["DNorm", "TaggerOne", "Transition-based Model"]);
    let mut told = Vec::new();
    let mut holds = true;
    for (corpus, title) in CORPORA {
        for (task, name) in TASKS {
            let of = |systems: &[&'static str]| -> Vec<(f64, &'static str)> {
                systems.iter().filter_map(|system| Some((table2("previous", system, corpus, task)?, *system))).collect()
            };
            let best_pipeline = of(&pipelines).into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
            let worst_joint = of(&joint).into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
            if let (Some((pipeline, which)), Some((least, weakest))) = (best_pipeline, worst_joint)
                && pipeline >= least
            {
                holds = false;
                told.push(format!("{title} {name}: {which} {pipeline:.4} (pipeline) against {weakest} {least:.4} (joint)"));
            }
        }
    }
    AuditRow {
        id: "joint-above-pipeline",
        place: "Main Results",
        statement: "Of the previous systems, the joint models are better than the pipelines on both corpora".into(),
        checked: "best pipeline (LeadMine, IDCNN) below the weakest joint model (DNorm, TaggerOne, transition-based) in each column".into(),
        found: if holds { "so in each column".into() } else { told.join("; ") },
        result: AuditResult::of(holds),
        source: TABLE_2,
    }
}

fn crf_effects() -> Vec<f64> {
    effects(&GROUPS.map(|g| (g, g)), |network| network.strip_suffix("-CRF").map(str::to_owned))
}

/// Differences over all cells: a group's network less the other group's network that `base` names.
fn effects(groups: &[(&str, &str)], base: impl Fn(&str) -> Option<String>) -> Vec<f64> {
    let mut all = Vec::new();
    for (group, other) in groups {
        for network in NETWORKS {
            let Some(base) = base(network) else { continue };
            for (corpus, _) in CORPORA {
                for (task, _) in TASKS {
                    if let (Some(a), Some(b)) = (table2(group, network, corpus, task), table2(other, &base, corpus, task)) {
                        all.push(a - b);
                    }
                }
            }
        }
    }
    all
}

fn over(id: &'static str, statement: &str, groups: &[(&str, &str)]) -> AuditRow {
    direction(id, statement, effects(groups, |network| Some(network.to_owned())))
}

fn rises(id: &'static str, statement: &str, groups: Vec<(&str, &str)>, base: impl Fn(&str) -> Option<String>) -> AuditRow {
    direction(id, statement, effects(&groups, base))
}

fn direction(id: &'static str, statement: &str, effects: Vec<f64>) -> AuditRow {
    let (low, high) = range(&effects).unwrap_or_default();
    let below = effects.iter().filter(|effect| **effect <= 0.0).count();
    AuditRow {
        id,
        place: "Main Results, Table 2",
        statement: statement.to_owned(),
        checked: format!("the sign of all {} differences in Table 2", effects.len()),
        found: format!("{} to {} points; {below} not above 0", points(low), points(high)),
        result: AuditResult::of(below == 0 && !effects.is_empty()),
        source: TABLE_2,
    }
}

fn steady(id: &'static str, statement: &str, effects: Vec<f64>) -> AuditRow {
    let (low, high) = range(&effects).unwrap_or_default();
    AuditRow {
        id,
        place: "Main Results, Table 2",
        statement: statement.to_owned(),
        checked: format!("all {} differences that a CRF makes in Table 2", effects.len()),
        found: format!("{} to {} points (see crf-against-seeds)", points(low), points(high)),
        result: AuditResult::of(low.abs().max(high.abs()) < 0.005),
        source: TABLE_2,
    }
}

fn needs_more_support() -> AuditRow {
    let mut told = Vec::new();
    let mut holds = true;
    for (corpus, title) in CORPORA {
        for network in NETWORKS {
            let gain = |group: &str, task: &str| Some(table2(group, network, corpus, task)? - table2("MTL", network, corpus, task)?);
            if let (Some(men), Some(mer)) = (gain("MTL-MER_feedback", "men"), gain("MTL-MEN_feedback", "mer"))
                && men <= mer
            {
                holds = false;
                told.push(format!("{title} {network}: {} against {}", points(men), points(mer)));
            }
        }
    }
    AuditRow {
        id: "normalization-gains-more",
        place: "Main Results",
        statement: "Normalization gains more by feedback from recognition than recognition by feedback from normalization".into(),
        checked: "the two gains over plain multi-task learning, each network and corpus".into(),
        found: if holds { "so in all 8 cases".into() } else { told.join("; ") },
        result: AuditResult::of(holds),
        source: TABLE_2,
    }
}

fn best_rows_agree() -> AuditRow {
    let mut told = Vec::new();
    for (corpus, title) in CORPORA {
        for (task, name) in TASKS {
            let best = NETWORKS.iter().filter_map(|network| table2(BOTH, network, corpus, task)).max_by(f64::total_cmp);
            let dropout = PaperTable::Dropout.figure::<f64>(&[("dropout", "yes"), ("corpus", corpus), ("task", task)], "f1");
            let vectors = PaperTable::Embeddings.figure::<f64>(&[("embedding", "word2vec"), ("corpus", corpus), ("task", task)], "f1");
            if best != dropout || best != vectors {
                told.push(format!("{title} {name}"));
            }
        }
    }
    AuditRow {
        id: "best-rows-agree",
        place: "Tables 2, 3 and 4",
        statement: "Tables 3 (with dropout) and 4 (Word2Vec) show the best model of Table 2".into(),
        checked: "the four figures of each".into(),
        found: if told.is_empty() { "the same four figures in all three".into() } else { format!("differ: {}", told.join(", ")) },
        result: AuditResult::of(told.is_empty()),
        source: "data/paper/table2_main.csv, table3_dropout.csv, table4_embeddings.csv",
    }
}

fn dropout() -> AuditRow {
    let gains: Vec<f64> = CORPORA
        .iter()
        .flat_map(|(corpus, _)| TASKS.iter().map(move |(task, _)| (corpus, task)))
        .filter_map(|(corpus, task)| {
            let of = |dropout| PaperTable::Dropout.figure::<f64>(&[("dropout", dropout), ("corpus", corpus), ("task", task)], "f1");
            Some(of("yes")? - of("no")?)
        })
        .collect();
    let (low, high) = range(&gains).unwrap_or_default();
    AuditRow {
        id: "dropout-gains",
        place: "Effect of Dropout, Table 3",
        statement: "Dropout improves both tasks slightly on both corpora".into(),
        checked: "the four differences in Table 3".into(),
        found: format!("{} to {} points", points(low), points(high)),
        result: AuditResult::of(low > 0.0),
        source: "data/paper/table3_dropout.csv",
    }
}

fn vectors(embedding: &str, corpus: &str, task: &str) -> Option<f64> {
    PaperTable::Embeddings.figure::<f64>(&[("embedding", embedding), ("corpus", corpus), ("task", task)], "f1")
}

fn vector_effects(better: &[&str], worse: &[&str]) -> Vec<f64> {
    let mut all = Vec::new();
    for (corpus, _) in CORPORA {
        for (task, _) in TASKS {
            for a in better {
                all.extend(worse.iter().filter_map(|b| Some(vectors(a, corpus, task)? - vectors(b, corpus, task)?)));
            }
        }
    }
    all
}

fn embeddings(id: &'static str, statement: &str, better: &[&str], worse: &[&str]) -> AuditRow {
    let effects = vector_effects(better, worse);
    let (low, high) = range(&effects).unwrap_or_default();
    AuditRow {
        id,
        place: "Influence of Word Embeddings, Table 4",
        statement: statement.to_owned(),
        checked: format!("the {} differences in Table 4", effects.len()),
        found: format!("{} to {} points", points(low), points(high)),
        result: AuditResult::of(low > 0.0),
        source: "data/paper/table4_embeddings.csv",
    }
}

fn senna_near_glove() -> AuditRow {
    let effects = vector_effects(&["senna"], &["glove"]);
    let (low, high) = range(&effects).unwrap_or_default();
    AuditRow {
        id: "senna-near-glove",
        place: "Influence of Word Embeddings, Table 4",
        statement: "Senna and GloVe give similar F1".into(),
        checked: "the four differences in Table 4, against one point".into(),
        found: format!("{} to {} points", points(low), points(high)),
        result: AuditResult::of(low.abs().max(high.abs()) < 0.01),
        source: "data/paper/table4_embeddings.csv",
    }
}

fn inconsistency() -> AuditRow {
    let ratio = |group: &str, corpus: &str| PaperTable::Boundary.figure::<f64>(&[("group", group), ("corpus", corpus)], "ratio");
    let holds = CORPORA.iter().all(|(corpus, _)| {
        matches!((ratio("pipeline", corpus), ratio("MTL", corpus), ratio(BOTH, corpus)), (Some(p), Some(m), Some(b)) if p > m && m > b)
    });
    AuditRow {
        id: "inconsistency-falls",
        place: "Boundary Inconsistency Error Analysis, Table 5",
        statement: "Boundary inconsistency falls from the pipeline to multi-task learning to both feedbacks".into(),
        checked: "the order of the three rows; no formula is given for the ratio".into(),
        found: if holds { "so on both corpora".into() } else { "not on both corpora".into() },
        result: AuditResult::of(holds),
        source: "data/paper/table5_boundary_inconsistency.csv",
    }
}

/// Gain of the best model over the pipeline on a subset, in Table 7.
fn subset_gain(subset: &str, corpus: &str, task: &str) -> Option<f64> {
    let f1 =
        |group: &str| PaperTable::SubsetF1.figure::<f64>(&[("group", group), ("subset", subset), ("corpus", corpus), ("task", task)], "f1");
    Some(f1(BOTH)? - f1("pipeline")?)
}

fn largest_subset_gains() -> AuditRow {
    let (inside, outside) = (["IV", "OOTV"], ["OOEV", "OOBV"]);
    let mut told = Vec::new();
    for (corpus, title) in CORPORA {
        for (task, name) in TASKS {
            let of = |subsets: [&'static str; 2]| subsets.map(|subset| (subset_gain(subset, corpus, task).unwrap_or_default(), subset));
            let least = of(inside).into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
            let most = of(outside).into_iter().max_by(|a, b| a.0.total_cmp(&b.0));
            if let (Some((low, at)), Some((high, where_))) = (least, most)
                && low <= high
            {
                told.push(format!("{title} {name}: {where_} gains {} and {at} {}", points(high), points(low)));
            }
        }
    }
    AuditRow {
        id: "largest-gains-on-iv-and-ootv",
        place: "OOV Entities Error Analysis, Table 7",
        statement: "The largest improvements are those on IV and OOTV, on both corpora and both tasks".into(),
        checked: "the gains of the full model over the pipeline in Table 7, IV and OOTV against OOEV and OOBV".into(),
        found: if told.is_empty() { "so in all four cases".into() } else { told.join("; ") },
        result: AuditResult::of(told.is_empty()),
        source: "data/paper/table7_oov_f1.csv",
    }
}

fn digits() -> AuditRow {
    let odd: Vec<String> = [PaperTable::Main, PaperTable::Dropout, PaperTable::Embeddings, PaperTable::SubsetF1]
        .iter()
        .flat_map(|table| table.rows())
        .filter_map(|row| row.get("f1").cloned())
        .filter(|f1| f1.split_once('.').is_some_and(|(_, decimals)| decimals.len() != 4))
        .collect();
    AuditRow {
        id: "four-decimals",
        place: "Tables 2, 3, 4 and 7",
        statement: "Every F1 is printed with four decimals".into(),
        checked: "the number of decimals of each figure".into(),
        found: if odd.is_empty() { "so everywhere".into() } else { format!("not {}", odd.join(", ")) },
        result: AuditResult::of(odd.is_empty()),
        source: "data/paper/table2_main.csv, table3_dropout.csv, table4_embeddings.csv, table7_oov_f1.csv",
    }
}

fn significance() -> AuditRow {
    let (uses, tests) = (paper::said("significant_uses").unwrap_or_default(), paper::said("significance_tests").unwrap_or_default());
    AuditRow {
        id: "significance-not-tested",
        place: "whole text",
        statement: format!("Differences are called significant or not ({uses} uses of the word)"),
        checked: "tests, p-values, intervals or deviations that the text names".into(),
        found: format!("{tests} named"),
        result: if tests == 0.0 { AuditResult::CannotBeTold } else { AuditResult::Holds },
        source: "data/paper/text_facts.csv",
    }
}

fn runs_behind_figures() -> AuditRow {
    let stated = paper::said("runs_per_figure").unwrap_or_default();
    AuditRow {
        id: "runs-behind-a-figure",
        place: "whole text",
        statement: "Each figure stands for its system".into(),
        checked: "statements of how many runs or seeds a figure is taken from".into(),
        found: format!("{stated} found"),
        result: if stated == 0.0 { AuditResult::CannotBeTold } else { AuditResult::Holds },
        source: "data/paper/text_facts.csv",
    }
}

fn metrics_shown() -> AuditRow {
    let has = |column: &str| {
        [PaperTable::Main, PaperTable::Dropout, PaperTable::Embeddings, PaperTable::SubsetF1]
            .iter()
            .any(|table| table.rows().iter().any(|row| row.contains_key(column)))
    };
    let shown: Vec<&str> = ["precision", "recall", "f1"].into_iter().filter(|column| has(column)).collect();
    AuditRow {
        id: "precision-and-recall",
        place: "Evaluation Metrics and Settings",
        statement: "Concept-level precision, recall and F1 are measured".into(),
        checked: "which of the three the tables print; recognition has no concept level".into(),
        found: format!("only {}", shown.join(", ")),
        result: if shown.len() == 3 { AuditResult::Holds } else { AuditResult::CannotBeTold },
        source: "data/paper/*.csv",
    }
}
