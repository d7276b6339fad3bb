//! What the page opens with: sentences computed from records, claims and published predictions. A finding whose data is missing is left out.

use crate::report::cells::{Cell, Results, RowKind, corpora_and_tasks};
use crate::report::inputs::ClaimRow;
use crate::report::measurement::{Measurement, concept_ceiling};
use crate::report::system::{Network, PaperCorpus, System};
use crate::report::tables::{difference, figure};
use crate::run::spec::Task;
use std::collections::BTreeMap;

/// Judged claims that are named one by one; more are counted alone.
const NAMED: usize = 5;

/// The findings, the most general first.
pub(super) fn findings(results: &Results, cells: &[Cell]) -> Vec<String> {
    let mut found: Vec<String> = corpora_and_tasks().map(|(corpus, task)| best(cells, corpus, task)).collect();
    found.extend(PaperCorpus::ALL.into_iter().filter_map(|corpus| ceiling(results, cells, corpus)));
    found.extend(previous(cells));
    found.extend(rescored(cells));
    found.extend(claims(&results.input.claims));
    found.extend(own_numbers(&results.input.audit));
    found
}

fn named(corpus: PaperCorpus, task: Task) -> String {
    format!("{} {}", corpus.title(), task.title().to_lowercase())
}

fn of_table2(cells: &[Cell], corpus: PaperCorpus, task: Task) -> impl Iterator<Item = &Cell> {
    cells.iter().filter(move |c| c.table == 2 && c.corpus == corpus && c.task == Some(task) && c.system.is_some())
}

fn highest<'a>(cells: impl Iterator<Item = &'a Cell>, value: fn(&Cell) -> Option<f64>) -> Option<(f64, &'a Cell)> {
    cells.filter_map(|cell| Some((value(cell)?, cell))).reduce(|a, b| if b.0 > a.0 { b } else { a })
}

/// The best system of the paper and the best run here.
fn best(cells: &[Cell], corpus: PaperCorpus, task: Task) -> String {
    let best = |value: fn(&Cell) -> Option<f64>| highest(of_table2(cells, corpus, task), value);
    let name = |cell: &Cell| cell.system.map_or_else(|| cell.label(), System::name);
    let Some((paper, at)) = best(|c| c.paper) else {
        return format!("{}: the paper has no figure.", named(corpus, task));
    };
    let start = format!("{}: the paper's best F1 is {} ({})", named(corpus, task), figure(paper), name(at));
    match best(|c| c.ours.as_ref().map(|m: &Measurement| m.median)) {
        Some((ours, of_ours)) => {
            format!("{start}, the best run here {} ({}), a difference of {}.", figure(ours), name(of_ours), difference(ours, paper))
        }
        None => format!("{start}; none of its systems is run here yet."),
    }
}

/// What the concepts of training allow, beside the paper's best.
fn ceiling(results: &Results, cells: &[Cell], corpus: PaperCorpus) -> Option<String> {
    let (_, ceilings) = results.ceilings(corpus)?;
    let (paper, _) = highest(of_table2(cells, corpus, Task::Men), |c| c.paper)?;
    let oracle = ceilings.oracle_tagger.f1();
    let side = if paper > oracle { "above" } else { "below" };
    Some(format!(
        "{}: training has {} of the {} concepts of test, which allow an F1 of {} at most; a tagger that sets every tag right that training has \
         reaches {}. The paper's best is {side} the latter ({}).",
        named(corpus, Task::Men),
        ceilings.concepts_seen,
        ceilings.concepts,
        figure(concept_ceiling(ceilings)),
        figure(oracle),
        difference(paper, oracle)
    ))
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
            let text = format!("{} {} (quoted {})", named(cell.corpus, task), figure(ours.median), figure(paper));
            of_systems.entry(&cell.name).or_default().push(text);
        }
    }
    let each: Vec<String> = of_systems.iter().map(|(name, scores)| format!("{name}: {}", scores.join(", "))).collect();
    (!each.is_empty()).then(|| format!("Published predictions, scored by the same kit: {}.", each.join("; ")))
}

/// The judged claims, where they are few.
fn claims(claims: &[ClaimRow]) -> Option<String> {
    let judged: Vec<&ClaimRow> = claims.iter().filter(|claim| claim.verdict != "not run").collect();
    let named = || judged.iter().map(|claim| format!("“{}” is {}", claim.claim.trim_end_matches('.'), claim.verdict)).collect::<Vec<_>>();
    (1..=NAMED).contains(&judged.len()).then(|| format!("Claims judged so far: {}.", named().join("; ")))
}

/// What the paper says about its own numbers.
fn own_numbers(audit: &[ClaimRow]) -> Option<String> {
    let results = [("holds", "hold"), ("does not hold", "do not hold"), ("cannot be told", "cannot be decided")];
    let counts = results.map(|(verdict, several)| (audit.iter().filter(|row| row.verdict == verdict).count(), several));
    let checked: usize = counts.iter().map(|(n, _)| n).sum();
    let each: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, several)| format!("{n} {several}")).collect();
    (checked > 0).then(|| format!("Of {checked} statements of the paper about its own numbers, {}.", each.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Paper, synthetic};

    fn of(input: &Paper) -> Vec<String> {
        let results = Results::new(input);
        findings(&results, &results.cells())
    }

    #[test]
    fn without_runs_only_the_paper_is_quoted() {
        let found = of(&Paper::default());
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|finding| finding.ends_with("none of its systems is run here yet.")), "{found:?}");
    }

    #[test]
    fn findings_are_computed_from_what_there_is() {
        let row = |id: &str, claim: &str, verdict: &str| ClaimRow {
            id: id.into(),
            place: String::new(),
            claim: claim.into(),
            verdict: verdict.into(),
            because: String::new(),
            runs: Vec::new(),
        };
        let claims = vec![row("a", "More is better.", "contradicted"), row("b", "Less is worse.", "not run")];
        let audit = vec![row("c", "", "holds"), row("d", "", "does not hold"), row("e", "", "holds"), row("f", "", "not run")];
        let found = of(&Paper { records: synthetic::paper(), claims, audit, ..Paper::default() });
        insta::assert_snapshot!(found.join("\n"));
    }
}
