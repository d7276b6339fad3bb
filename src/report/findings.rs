//! What a reader learns first: findings, each a paragraph made from the records, with the tables and figures that it is read from.

use super::cells::{Cell, Results, RowKind, best_of_paper};
use super::inputs::ClaimRow;
use super::measurement::Measurement;
use super::system::{Network, PaperCorpus, System};
use super::tables::splits::{self, Cut};
use super::tables::{difference, figure};
use crate::run::record::RunRecord;
use crate::run::spec::{Framework, Task};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A finding.
pub(super) struct Finding {
    /// What it is about, in a few words.
    pub title: &'static str,
    pub text: String,
    /// Parts of the page that it is read from: an anchor and its name.
    pub see: Vec<(&'static str, &'static str)>,
}

/// Figures that stand beside the findings, by file stem.
pub(super) const FIGURES: [&str; 2] = ["normalization-heights", "paper-against-ours"];

/// The findings, in the order of the page. What is not known yet is said, with what would tell.
pub(super) fn findings(results: &Results, cells: &[Cell]) -> Vec<Finding> {
    vec![
        Finding {
            title: "What holds",
            text: claims(&results.input.claims).into_iter().chain(own_numbers(&results.input.audit)).collect::<Vec<_>>().join(" "),
            see: vec![("claims", "claims"), ("table2", "Table 2")],
        },
        Finding {
            title: "How high normalization goes",
            text: PaperCorpus::ALL.map(|corpus| height(results, cells, corpus)).join(" "),
            see: vec![("normalization-heights", "figure"), ("ceilings", "ceilings")],
        },
        Finding {
            title: "Where it stops",
            text: PaperCorpus::ALL.into_iter().filter_map(|corpus| stop(results, corpus)).collect::<Vec<_>>().join(" "),
            see: vec![("points", "errors by kind"), ("ceilings", "ceilings")],
        },
        Finding { title: "What gives the paper's figures", text: heights_by_split(results, cells), see: vec![("splits", "splits")] },
        Finding { title: "What feedback carries", text: feedback(cells), see: vec![("table2", "Table 2"), ("claims", "claims")] },
        Finding {
            title: "Previous systems",
            text: previous(cells).into_iter().chain(rescored(cells)).collect::<Vec<_>>().join(" "),
            see: vec![("table2", "Table 2")],
        },
    ]
    .into_iter()
    .filter(|finding| !finding.text.is_empty())
    .collect()
}

/// The same as a list in Markdown, for pages beside the report.
pub(super) fn markdown(findings: &[Finding]) -> String {
    let mut list = String::new();
    for (i, finding) in findings.iter().enumerate() {
        let _ = writeln!(list, "{}. **{}.** {}", i + 1, finding.title, finding.text);
    }
    list
}

fn claims(rows: &[ClaimRow]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let count = |verdict: &str, robust: bool| rows.iter().filter(|row| row.verdict == verdict && row.robust == robust).count();
    let decided = |robust: bool| (count("supported", robust), count("contradicted", robust));
    let of = |verdict: &str| count(verdict, false) + count(verdict, true);
    let mut text = format!("Of the paper's {} claims ", rows.len());
    let (supported, contradicted) = decided(true);
    let _ = write!(text, "{supported} are supported and {contradicted} contradicted whichever reading of the paper is taken");
    let (supported, contradicted) = decided(false);
    if supported + contradicted > 0 {
        let _ = write!(text, "; {supported} are supported and {contradicted} contradicted in the reading that was run");
    }
    let _ = write!(text, "; {} are inconclusive", of("inconclusive"));
    if of("not run") > 0 {
        let _ = write!(text, ", and {} wait for runs", of("not run"));
    }
    text.push('.');
    Some(text)
}

/// What the paper says about its own numbers.
fn own_numbers(audit: &[ClaimRow]) -> Option<String> {
    let results = [("holds", "hold"), ("does not hold", "do not hold"), ("cannot be told", "cannot be decided")];
    let counts = results.map(|(verdict, several)| (audit.iter().filter(|row| row.verdict == verdict).count(), several));
    let checked: usize = counts.iter().map(|(n, _)| n).sum();
    let each: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, several)| format!("{n} {several}")).collect();
    (checked > 0).then(|| format!("Of {checked} statements of the paper about its own numbers, {}.", each.join(", ")))
}

fn height(results: &Results, cells: &[Cell], corpus: PaperCorpus) -> String {
    let paper = best_of_paper(cells, corpus).map_or_else(String::new, |f1| format!("; the paper's best is {}", figure(f1)));
    let Some(run) = results.best_trial(corpus) else {
        return format!("{}: no network is run yet{paper}.", corpus.title());
    };
    let name = System::of(&run.result.spec).name();
    let mut text = format!("{}: of all networks, the best on dev ({name})", corpus.title());
    let f1 = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
    let test = run.result.test.as_ref();
    let _ = write!(text, " has F1 {} of concepts on test", f1(test.map(|t| t.concept.kit.f1())));
    let _ = write!(text, " and {} of mentions{paper}", f1(test.map(|t| t.mention.kit.f1())));
    if let Some(ceilings) = &run.result.test_ceilings {
        let _ = write!(
            text,
            ". A table of training's strings over the gold spans has {}, and a tagger that makes no error {}",
            figure(ceilings.memorizer.f1()),
            figure(ceilings.oracle_tagger.f1())
        );
    }
    text.push('.');
    text
}

fn stop(results: &Results, corpus: PaperCorpus) -> Option<String> {
    let run: &RunRecord = results.best_trial(corpus)?;
    let test = run.result.test.as_ref()?;
    let (seen, unseen, all) = (&test.seen_concepts, &test.unseen_concepts, &test.concept.kit);
    Some(format!(
        "{}: that network finds {} of the {} concepts of test documents that training has and {} of the {} that it lacks, and {} of the {} \
         concepts that it names are wrong (precision {}, recall {}).",
        corpus.title(),
        seen.tp,
        seen.tp + seen.fn_,
        unseen.tp,
        unseen.tp + unseen.fn_,
        all.fp,
        all.tp + all.fp,
        figure(all.precision()),
        figure(all.recall())
    ))
}

fn heights_by_split(results: &Results, cells: &[Cell]) -> String {
    let of_corpus = |corpus: PaperCorpus| {
        let cuts = splits::concept_f1(results, Framework::MtlBothFeedback, corpus);
        let figures: Vec<String> = cuts
            .iter()
            .map(|(cut, f1)| match cut {
                Cut::Official => format!("{} on the official split", figure(*f1)),
                Cut::All => format!("{} where test is trained on", figure(*f1)),
                Cut::Documents | Cut::Sentences => format!("{} split again by {}", figure(*f1), cut.title()),
            })
            .collect();
        let paper = best_of_paper(cells, corpus).map_or_else(String::new, |f1| format!(" (the paper's best: {})", figure(f1)));
        (cuts.len() > 1).then(|| format!("{}: concepts have F1 {}{paper}.", corpus.title(), figures.join(", ")))
    };
    let known: Vec<String> = PaperCorpus::ALL.into_iter().filter_map(of_corpus).collect();
    if known.is_empty() {
        return "Not run yet: networks on corpora that are split again, by documents or by sentences, and one that has seen the test set \
                (experiments/forensics.yaml)."
            .to_owned();
    }
    known.join(" ")
}

/// How far previous systems, run here, are from the figures that the paper quotes of them.
fn previous(cells: &[Cell]) -> Option<String> {
    let mut differences: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let of_others = |cell: &&Cell| cell.table == 2 && cell.system.is_some_and(|system| matches!(system.network, Network::Other(_)));
    for cell in cells.iter().filter(of_others) {
        if let Some(apart) = cell.difference() {
            differences.entry(&cell.name).or_default().push(apart);
        }
    }
    let each = differences.iter().map(|(name, apart)| {
        let [low, high] = [f64::min, f64::max].map(|most| apart.iter().copied().reduce(most).unwrap_or(0.0));
        let range = if apart.len() == 1 { difference(low, 0.0) } else { format!("{} to {}", difference(low, 0.0), difference(high, 0.0)) };
        format!("{name} by {range}")
    });
    let each: Vec<String> = each.collect();
    (!each.is_empty()).then(|| {
        format!(
            "Previous systems, run here and scored by one kit, differ from the F1 that the paper quotes, in several metrics: {}.",
            each.join(", ")
        )
    })
}

/// Predictions that authors published, scored by the kit.
fn rescored(cells: &[Cell]) -> Option<String> {
    let mut of_systems: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.kind == RowKind::Rescored) {
        if let (Some(ours), Some(paper), Some(task)) = (&cell.ours, cell.paper, cell.task) {
            let of = format!("{} {}", cell.corpus.title(), task.title().to_lowercase());
            let text = format!("{of} {} (quoted {})", figure(ours.median), figure(paper));
            of_systems.entry(&cell.name).or_default().push(text);
        }
    }
    let each: Vec<String> = of_systems.iter().map(|(name, scores)| format!("{name}: {}", scores.join(", "))).collect();
    (!each.is_empty()).then(|| format!("Published predictions, scored by the same kit: {}.", each.join("; ")))
}

fn feedback(cells: &[Cell]) -> String {
    let frameworks = [
        (Framework::Pipeline, "pipeline"),
        (Framework::Mtl, "multi-task learning"),
        (Framework::MtlMenFeedback, "feedback to recognition"),
        (Framework::MtlMerFeedback, "feedback to normalization"),
        (Framework::MtlBothFeedback, "both"),
    ];
    let of = |corpus: PaperCorpus, task: Task| -> Vec<(String, usize)> {
        let ours = |framework: Framework| -> Option<&Measurement> {
            let system = System { framework, network: Network::BilstmCnnsCrf };
            let cell = |c: &&Cell| c.table == 2 && c.system == Some(system) && c.corpus == corpus && c.task == Some(task);
            cells.iter().find(cell)?.ours.as_ref()
        };
        frameworks.iter().filter_map(|(framework, name)| ours(*framework).map(|m| (format!("{name} {}", figure(m.median)), m.n))).collect()
    };
    let mut sentences = Vec::new();
    for corpus in PaperCorpus::ALL {
        let both = Task::ALL.map(|task| (task, of(corpus, task)));
        if both.iter().any(|(_, found)| found.len() < 2) {
            continue;
        }
        let parts = both.map(|(task, found)| {
            let figures: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
            let noun = if task == Task::Mer { "mentions" } else { "concepts" };
            format!("{noun}: {}", figures.join(", "))
        });
        sentences.push(format!("{}, {}.", corpus.title(), parts.join("; ")));
    }
    if sentences.is_empty() {
        return format!("Not run yet: the five frameworks over {} in the setting of Table 2.", Network::BilstmCnnsCrf.name());
    }
    let fewest = PaperCorpus::ALL.into_iter().flat_map(|corpus| of(corpus, Task::Men)).map(|(_, n)| n).min().unwrap_or(0);
    let seeds = if fewest == 1 {
        "one seed each, which cannot tell the frameworks apart".to_owned()
    } else {
        format!("medians of {fewest} seeds or more")
    };
    format!("F1 on test of {} in the setting of the tables ({seeds}). {}", Network::BilstmCnnsCrf.name(), sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::inputs::Paper;
    use crate::report::synthetic;
    use crate::run::spec::SystemKind;

    fn found(input: &Paper) -> Vec<Finding> {
        let results = Results::new(input);
        findings(&results, &results.cells())
    }

    fn text<'a>(findings: &'a [Finding], title: &str) -> &'a str {
        &findings.iter().find(|finding| finding.title == title).unwrap().text
    }

    #[test]
    fn figures_are_those_of_the_cells_and_records() {
        let input = Paper { records: synthetic::paper(), ..Paper::default() };
        let found = found(&input);
        let results = Results::new(&input);
        let cells = results.cells();
        let best = System { framework: Framework::MtlBothFeedback, network: Network::BilstmCnnsCrf };
        for corpus in PaperCorpus::ALL {
            let cell =
                cells.iter().find(|c| c.table == 2 && c.system == Some(best) && c.corpus == corpus && c.task == Some(Task::Men)).unwrap();
            let median = cell.ours.as_ref().unwrap().median;
            assert!(text(&found, "What feedback carries").contains(&format!("both {}", figure(median))));
            let trial = results.best_trial(corpus).unwrap().result.test.as_ref().unwrap();
            let height = text(&found, "How high normalization goes");
            assert!(height.contains(&format!("F1 {} of concepts on test", figure(trial.concept.kit.f1()))), "{height}");
            let stop = format!("finds {} of the {} concepts", trial.seen_concepts.tp, trial.seen_concepts.tp + trial.seen_concepts.fn_);
            assert!(text(&found, "Where it stops").contains(&stop));
        }
        assert!(text(&found, "How high normalization goes").contains("the paper's best is 0.8823"));
        assert!(text(&found, "What gives the paper's figures").starts_with("Not run yet"));
        assert_eq!(markdown(&found).lines().count(), found.len());
    }

    #[test]
    fn another_system_is_no_trial_of_the_network() {
        let mut records = synthetic::paper();
        let corpus = PaperCorpus::of(&records[0].result.spec.data.corpus).unwrap();
        let before =
            Results::new(&Paper { records: records.clone(), ..Paper::default() }).best_trial(corpus).unwrap().result.run_id.clone();
        let mut other = records[0].clone();
        other.result.spec.system = SystemKind::Lexicon;
        other.result.run_id = "another".to_owned();
        let dev = other.result.dev.as_mut().unwrap();
        dev.concept.kit.fp = 0;
        dev.concept.kit.fn_ = 0;
        dev.mention.kit.fp = 0;
        dev.mention.kit.fn_ = 0;
        records.push(other);
        assert_eq!(Results::new(&Paper { records, ..Paper::default() }).best_trial(corpus).unwrap().result.run_id, before);
    }

    #[test]
    fn what_is_not_run_is_said() {
        let found = found(&Paper::default());
        assert_eq!(text(&found, "How high normalization goes").matches("no network is run yet").count(), 2);
        assert!(text(&found, "What feedback carries").starts_with("Not run yet"));
        assert!(found.iter().all(|finding| finding.title != "What holds" && finding.title != "Where it stops"));
    }

    #[test]
    fn claims_are_counted_by_verdict_and_by_whether_readings_agree() {
        let row = |verdict: &str, robust: bool| ClaimRow {
            id: String::new(),
            place: String::new(),
            claim: String::new(),
            verdict: verdict.to_owned(),
            robust,
            because: String::new(),
            runs: Vec::new(),
        };
        let rows = [
            row("supported", true),
            row("contradicted", true),
            row("contradicted", false),
            row("inconclusive", false),
            row("not run", false),
        ];
        assert_eq!(
            claims(&rows).unwrap(),
            "Of the paper's 5 claims 1 are supported and 1 contradicted whichever reading of the paper is taken; 0 are supported and 1 contradicted \
             in the reading that was run; 1 are inconclusive, and 1 wait for runs."
        );
    }
}
