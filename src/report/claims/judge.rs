//! All claims of a file, judged by all records, under every reading.

use super::cells::{Comparison, On, comparisons, label};
use super::effect::{Effects, Method, Weighted};
use super::evidence::{Evidence, Source};
use super::verdict::{self, FEWEST_SEEDS, Judged};
use super::{
    Cell, ClaimsReport, Figure, Inference, JudgedClaim, JudgedReading, ObservedEffect, Pooled, Power, ReadingSetting, Regime, Verdict,
};
use super::{Robustness, audit, paper};
use crate::evaluate::significance::{Estimate, LEVEL, RESAMPLES, almost_stochastic_order, holm};
use crate::experiment::claims_file::{Claim, ClaimKind, ClaimsFile, Systems};
use crate::report::system::PaperCorpus;
use crate::run::record::RunRecord;
use crate::run::spec::RunSpec;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeSet;

/// Judges every claim under each reading by the runs that were made in its setting (see [`crate::report::setting`]), and audits the
/// paper's own numbers. Needs no record: what no run speaks to is "not run".
pub fn judge(file: &ClaimsFile, records: &[RunRecord], readings: &[ReadingSetting]) -> ClaimsReport {
    ClaimsReport { audit: audit(records), ..judge_own(file, records, readings) }
}

/// The same of claims that are not the paper's: without the audit.
pub fn judge_own(file: &ClaimsFile, records: &[RunRecord], readings: &[ReadingSetting]) -> ClaimsReport {
    // Records come in any order; methods and sums do not.
    let mut sorted: Vec<RunRecord> = records.to_vec();
    sorted.sort_by(|a, b| (a.result.spec.seed, &a.result.run_id).cmp(&(b.result.spec.seed, &b.result.run_id)));
    let effects = Effects::default();
    let by_reading: Vec<Vec<JudgedReading>> = readings.iter().map(|reading| under(file, &sorted, reading, &effects)).collect();
    let claims = file
        .claims
        .iter()
        .enumerate()
        .map(|(index, claim)| {
            let readings: Vec<JudgedReading> = match &claim.kind {
                ClaimKind::Counted { fact, above } => vec![counted(claim, fact, *above)],
                _ => by_reading.iter().map(|reading| reading[index].clone()).collect(),
            };
            let verdicts: Vec<Verdict> = readings.iter().filter(|reading| !reading.beside).map(|reading| reading.verdict).collect();
            let (verdict, mut robustness) = verdict::of_readings(&verdicts);
            if matches!(claim.kind, ClaimKind::Counted { .. }) && robustness != Robustness::NotRun {
                robustness = Robustness::Counted;
            }
            JudgedClaim {
                id: claim.id.clone(),
                place: claim.place.clone(),
                phrase: claim.phrase.clone(),
                says: claim.says.clone(),
                kind: claim.kind.name(),
                every: claim.every,
                changed: claim.changed.clone(),
                verdict,
                robustness,
                readings,
            }
        })
        .collect();
    ClaimsReport { claims, audit: Vec::new() }
}

/// A comparison with what its runs show, or why it is not run.
type Shown<'a> = (Comparison, Result<Evidence<'a>, String>);

fn under(file: &ClaimsFile, records: &[RunRecord], reading: &ReadingSetting, effects: &Effects) -> Vec<JudgedReading> {
    let fallback = RunSpec::default();
    let setting = reading.setting.as_ref().unwrap_or(&fallback);
    let shown: Vec<Vec<Shown>> = file
        .claims
        .iter()
        .map(|claim| {
            let source = Source { records, setting, ignoring: &claim.ignoring };
            let evidence = |comparison: Comparison| {
                let evidence = match &reading.setting {
                    Ok(_) => source.of(&comparison, by(&claim.kind), effects),
                    Err(why) => Err(why.clone()),
                };
                (comparison, evidence)
            };
            comparisons(claim, &Systems::of_setting(setting)).into_iter().map(evidence).collect()
        })
        .collect();
    let corrected = correct(file, &shown);
    let of_claim =
        |((claim, shown), corrected): ((&Claim, &Vec<Shown>), Vec<Corrected>)| judged(claim, shown, &corrected, reading, effects);
    file.claims.iter().zip(&shown).zip(corrected).map(of_claim).collect()
}

fn by(kind: &ClaimKind) -> f64 {
    if let ClaimKind::Exceeds { by } = kind { *by } else { 0.0 }
}

/// p after Holm's correction, and of a claim of equality that of the opposite.
type Corrected = Option<(f64, Option<f64>)>;

/// Whether there are enough runs of each side to speak of methods.
fn estimate<'a>(evidence: &'a Result<Evidence, String>) -> Option<&'a Estimate> {
    let evidence = evidence.as_ref().ok().filter(|evidence| evidence.seeds().0 >= FEWEST_SEEDS)?;
    evidence.estimate.as_ref()
}

/// What is compared, the kind of test and its margin, and its p values.
type Test<'a> = (&'a Comparison, (&'a str, f64), f64, Option<f64>);

/// Holm's correction over the tests of each table of the paper, by kind of test. A comparison that several claims make in the same way is
/// one test.
fn correct(file: &ClaimsFile, shown: &[Vec<Shown>]) -> Vec<Vec<Corrected>> {
    let mut corrected: Vec<Vec<Corrected>> = shown.iter().map(|of_claim| vec![None; of_claim.len()]).collect();
    let families: BTreeSet<Family> = file.claims.iter().map(family).collect();
    for of_family in families {
        let mut tests: Vec<Test> = Vec::new();
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        for (claim, of_claim) in shown.iter().enumerate().filter(|(claim, _)| family(&file.claims[*claim]) == of_family) {
            let kind = &file.claims[claim].kind;
            for (place, (comparison, evidence)) in of_claim.iter().enumerate() {
                let Some(estimate) = estimate(evidence) else { continue };
                let (p, beyond) = verdict::p_values(kind, estimate);
                let what = kind_value(kind);
                let known = tests.iter().position(|(known, value, ..)| *known == comparison && *value == what);
                let test = known.unwrap_or_else(|| {
                    tests.push((comparison, what, p, beyond));
                    tests.len() - 1
                });
                places.push((claim, place, test));
            }
        }
        let adjusted = holm(&tests.iter().map(|test| test.2).collect::<Vec<_>>());
        let beyond = holm(&tests.iter().map(|test| test.3.unwrap_or(1.0)).collect::<Vec<_>>());
        for (claim, place, test) in places {
            corrected[claim][place] = Some((adjusted[test], tests[test].3.map(|_| beyond[test])));
        }
    }
    corrected
}

/// What makes another test of the same comparison: a margin or a size.
fn kind_value(kind: &ClaimKind) -> (&'static str, f64) {
    match kind {
        ClaimKind::Equal { margin } | ClaimKind::AtMost { margin } => (kind.name(), *margin),
        ClaimKind::Exceeds { by } => (kind.name(), *by),
        _ => ("", 0.0),
    }
}

/// The first table that the claim's place names, and whether a margin is claimed: those tests are of another kind.
type Family = (Option<u8>, bool);

fn family(claim: &Claim) -> Family {
    let number = |after: &str| after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let table = claim.place.split_once("Table ").and_then(|(_, after)| number(after));
    (table, verdict::has_margin(&claim.kind))
}

fn judged(claim: &Claim, shown: &[Shown], corrected: &[Corrected], reading: &ReadingSetting, effects: &Effects) -> JudgedReading {
    let kind = &claim.kind;
    let cells: Vec<Cell> = shown.iter().zip(corrected).map(|(shown, corrected)| cell(kind, shown, corrected, effects)).collect();
    let enough: Vec<(&Comparison, &Evidence)> = shown
        .iter()
        .filter(|(_, evidence)| estimate(evidence).is_some())
        .filter_map(|(comparison, evidence)| Some((comparison, evidence.as_ref().ok()?)))
        .collect();
    let estimated = pool(&enough, effects);
    let silent = silent(shown, &enough);
    let (verdict, because) = verdict::of_claim(&Judged {
        kind,
        every: claim.every,
        cells: &cells,
        judged: enough.len(),
        pooled: estimated.as_ref(),
        silent: &silent,
    });
    let report = |evidence: &[(&Comparison, &Evidence)], estimate: Option<Estimate>| -> Option<Pooled> {
        let estimate = estimate?;
        let papers: Option<Vec<f64>> = evidence.iter().map(|(comparison, _)| paper::difference(comparison, by(kind))).collect();
        let paper = papers.filter(|papers| !papers.is_empty()).map(|papers| papers.iter().sum::<f64>() / papers.len() as f64);
        Some(verdict::pooled(kind, &estimate, evidence.len(), Power::of(&estimate, paper)))
    };
    let tasks: BTreeSet<&str> = enough.iter().map(|(comparison, _)| comparison.on.task()).filter(|task| !task.is_empty()).collect();
    let by_task = tasks.iter().filter(|_| tasks.len() > 1).filter_map(|task| {
        let of_task: Vec<_> = enough.iter().filter(|(comparison, _)| comparison.on.task() == *task).copied().collect();
        Some(((*task).to_owned(), report(&of_task, pool(&of_task, effects))?))
    });
    let by_task = by_task.collect();
    let runs = || shown.iter().filter_map(|(_, evidence)| evidence.as_ref().ok()).flat_map(|e| e.first.iter().chain(&e.second));
    let mut every_run: Vec<&RunRecord> = runs().flat_map(|method| method.runs.iter().copied()).collect();
    every_run.sort_by_key(|run| &run.result.run_id);
    every_run.dedup_by_key(|run| &run.result.run_id);
    let seeds = runs().map(Method::seeds).min().zip(runs().map(Method::seeds).max());
    let count = |verdict| cells.iter().filter(|cell| cell.verdict == verdict).count();
    JudgedReading {
        name: reading.name.clone(),
        beside: reading.beside,
        verdict,
        because,
        notes: notes(&cells),
        pooled: report(&enough, estimated),
        by_task,
        cells_for: count(Verdict::Supported),
        cells_against: count(Verdict::Contradicted),
        seeds,
        regime: Regime::of(every_run),
        cells,
    }
}

/// The mean of the comparisons as one sum, so that what they share is shared: runs, documents, seeds.
fn pool(evidence: &[(&Comparison, &Evidence)], effects: &Effects) -> Option<Estimate> {
    let share = 1.0 / evidence.len() as f64;
    let terms: Vec<Weighted> = evidence
        .iter()
        .flat_map(|(_, evidence)| &evidence.terms)
        .map(|term| Weighted { coefficient: term.coefficient * share, ..term.clone() })
        .collect();
    let constant = evidence.iter().map(|(_, evidence)| evidence.constant * share).sum();
    if terms.is_empty() { None } else { effects.estimate(&terms, constant) }
}

/// Corpora and tasks of the claim that no judged comparison speaks of.
fn silent(shown: &[Shown], enough: &[(&Comparison, &Evidence)]) -> Vec<String> {
    let of = |comparison: &Comparison| format!("{} {}", comparison.corpus, comparison.on.task()).trim().to_owned();
    let spoken: BTreeSet<String> = enough.iter().map(|(comparison, _)| of(comparison)).collect();
    let mut silent: Vec<String> = Vec::new();
    for (comparison, _) in shown {
        let name = of(comparison);
        if !spoken.contains(&name) && !silent.contains(&name) {
            silent.push(name);
        }
    }
    silent
}

fn notes(cells: &[Cell]) -> Vec<String> {
    let found = || cells.iter().filter_map(|cell| cell.found.as_ref());
    let mut notes = Vec::new();
    if found().any(|found| found.stand_in) {
        notes.push("the embeddings of some of these runs stand in for the paper's".to_owned());
    }
    // A published figure has no runs.
    let fewest = |found: &ObservedEffect| if found.second_runs.is_empty() { found.seeds.0 } else { found.seeds.0.min(found.seeds.1) };
    let few = found().filter(|found| fewest(found) < FEWEST_SEEDS && !found.first_runs.is_empty()).count();
    if few > 0 {
        notes.push(format!("{few} of the comparisons have fewer than {FEWEST_SEEDS} runs per side and do not count"));
    }
    let missing = cells.iter().filter(|cell| cell.verdict == Verdict::NotRun).count();
    if missing > 0 && missing < cells.len() {
        notes.push(format!("{missing} of the comparisons are not run"));
    }
    notes
}

fn cell(kind: &ClaimKind, (comparison, evidence): &Shown, corrected: &Corrected, effects: &Effects) -> Cell {
    let second = comparison.second.as_ref();
    let mut cell = Cell {
        first: label(&comparison.first, second),
        second: match (second, kind) {
            (Some(second), _) => label(second, Some(&comparison.first)),
            (None, ClaimKind::Exceeds { by }) => published(comparison, *by),
            (None, _) => String::new(),
        },
        corpus: comparison.corpus.clone(),
        task: comparison.on.task().to_owned(),
        subset: comparison.on.subset(),
        verdict: Verdict::NotRun,
        because: String::new(),
        found: None,
    };
    if let Some((other, base)) = &comparison.against {
        cell.first = format!("{} over {}", cell.first, cell.second);
        cell.second = format!("{} over {}", label(other, Some(base)), label(base, Some(other)));
    }
    let evidence = match evidence {
        Ok(evidence) => evidence,
        Err(why) => {
            cell.because.clone_from(why);
            return cell;
        }
    };
    let inference = evidence.estimate.as_ref().map(|estimate| {
        let interval = estimate.interval(LEVEL);
        let (p, beyond) = verdict::p_values(kind, estimate);
        let (p_holm, p_beyond_holm) = corrected.unwrap_or((p, beyond));
        let power = Power::of(estimate, paper::difference(comparison, by(kind)));
        Inference { low: interval.low, high: interval.high, p, p_holm, p_beyond_holm, power }
    });
    (cell.verdict, cell.because) = match (&inference, corrected) {
        (Some(inference), Some(_)) => verdict::of_cell(kind, evidence.difference(), inference),
        _ => (Verdict::Inconclusive, few(evidence)),
    };
    cell.found = Some(found(comparison, evidence, inference, effects));
    cell
}

fn few(evidence: &Evidence) -> String {
    let of = |side: &[Method]| side.iter().map(Method::seeds).min().unwrap_or(0);
    match (of(&evidence.first), of(&evidence.second)) {
        (1, 1) => "one network per side".to_owned(),
        (first, 0) => format!("{first} of the {FEWEST_SEEDS} runs that a method needs"),
        (first, second) => format!("{first} and {second} runs, where each side needs {FEWEST_SEEDS}"),
    }
}

fn found(comparison: &Comparison, evidence: &Evidence, inference: Option<Inference>, effects: &Effects) -> ObservedEffect {
    let ids = |side: &[Method]| side.iter().flat_map(|method| &method.runs).map(|run| run.result.run_id.clone()).collect();
    let runs = || evidence.first.iter().chain(&evidence.second).flat_map(|method| &method.runs);
    let few = |side: &[Method]| side.iter().map(Method::seeds).min().unwrap_or(0);
    let (first, second) = figures(comparison, evidence, effects);
    let difference = evidence.difference();
    let scores = match (&evidence.first[..], &evidence.second[..], evidence.terms.first()) {
        ([one], [other], Some(term)) if evidence.terms.len() == 2 => one.scores(term.measure).zip(other.scores(term.measure)),
        _ => None,
    };
    ObservedEffect {
        first,
        second,
        difference,
        inference,
        seeds: (few(&evidence.first), few(&evidence.second)),
        seeds_agree: scores.as_ref().and_then(|(a, b)| agreement(a, b, difference)),
        epsilon_min: scores.and_then(|(a, b)| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(20_190_127);
            almost_stochastic_order(&a, &b, RESAMPLES, &mut random).map(|order| order.epsilon_min)
        }),
        first_runs: ids(&evidence.first),
        second_runs: ids(&evidence.second),
        stand_in: runs().any(|run| run.result.data.embedding.stand_in),
    }
}

/// The two figures that a reader sees beside each other.
fn figures(comparison: &Comparison, evidence: &Evidence, effects: &Effects) -> (Figure, Figure) {
    let plain = |value| Figure { value, low: None, high: None };
    match (comparison.on, &evidence.first[..], &evidence.second[..]) {
        (_, [one], []) => (effects.figure(one, evidence.terms[0].measure), plain(evidence.constant)),
        (On::F1(_) | On::Boundary | On::Subset(..), [one], [other]) => {
            (effects.figure(one, evidence.terms[0].measure), effects.figure(other, evidence.terms[0].measure))
        }
        _ => {
            let half = |terms: &[Weighted]| {
                let half = Evidence { terms: terms.to_vec(), constant: 0.0, first: Vec::new(), second: Vec::new(), estimate: None };
                half.difference()
            };
            let (gain, other) = evidence.terms.split_at(evidence.terms.len() / 2);
            (plain(half(gain)), plain(-half(other)))
        }
    }
}

/// How often a seed of the one side differs from a seed of the other in the direction of `difference`.
fn agreement(first: &[f64], second: &[f64], difference: f64) -> Option<f64> {
    if first.len() < 2 || second.len() < 2 {
        return None;
    }
    let above: f64 =
        first.iter().flat_map(|a| second.iter().map(move |b| if a > b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 })).sum();
    let share = above / (first.len() * second.len()) as f64;
    Some(if difference >= 0.0 { share } else { 1.0 - share })
}

fn published(comparison: &Comparison, by: f64) -> String {
    let best = PaperCorpus::of(&comparison.corpus).and_then(|corpus| paper::best_previous(corpus.key(), comparison.on.task()));
    let name = best.map_or_else(|| "no published system".to_owned(), |(system, f1)| format!("{system} as published ({f1:.4})"));
    if by > 0.0 { format!("{name} and {:.2} points", by * 100.0) } else { name }
}

fn counted(claim: &Claim, fact: &str, above: f64) -> JudgedReading {
    let plain = |value| Figure { value, low: None, high: None };
    let of = |corpus: &String| {
        let mut cell = Cell {
            first: fact.replace('_', " "),
            second: format!("above {above}"),
            corpus: corpus.clone(),
            task: String::new(),
            subset: String::new(),
            verdict: Verdict::NotRun,
            because: format!("data/paper/corpus_facts.csv has no `{fact}` for it"),
            found: None,
        };
        if let Some(value) = PaperCorpus::of(corpus).and_then(|corpus| paper::fact(corpus.key(), fact)) {
            cell.verdict = if value > above { Verdict::Supported } else { Verdict::Contradicted };
            cell.because = "counted, no interval needed".to_owned();
            cell.found = Some(ObservedEffect {
                first: plain(value),
                second: plain(above),
                difference: value - above,
                inference: None,
                seeds: (0, 0),
                seeds_agree: None,
                epsilon_min: None,
                first_runs: Vec::new(),
                second_runs: Vec::new(),
                stand_in: false,
            });
        }
        cell
    };
    let cells: Vec<Cell> = claim.corpora.iter().map(of).collect();
    let count = |verdict| cells.iter().filter(|cell| cell.verdict == verdict).count();
    let (supported, contradicted) = (count(Verdict::Supported), count(Verdict::Contradicted));
    let verdict = match (supported, contradicted) {
        (0, 0) => Verdict::NotRun,
        (_, 0) if supported == cells.len() => Verdict::Supported,
        (_, 0) => Verdict::Inconclusive,
        _ => Verdict::Contradicted,
    };
    JudgedReading {
        name: "counted".to_owned(),
        beside: false,
        verdict,
        because: format!("it holds on {supported} of {} corpora", cells.len()),
        notes: Vec::new(),
        pooled: None,
        by_task: Vec::new(),
        cells_for: supported,
        cells_against: contradicted,
        seeds: None,
        regime: None,
        cells,
    }
}
