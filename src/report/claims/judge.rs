//! All claims of a file, judged by all records.

use super::cells::{Comparison, comparisons, label};
use super::evidence::Evidence;
use super::{Cell, ClaimsReport, Found, JudgedClaim, Verdict, audit, paper, verdict};
use crate::evaluate::significance::holm;
use crate::experiment::claims_file::{Claim, ClaimsFile, Kind};
use crate::report::system::PaperCorpus;
use crate::run::record::RunRecord;
use crate::run::spec::RunSpec;

/// Judges every claim by the runs that were made in `setting` (see [`crate::report::setting`]) and audits the paper's own
/// numbers. Needs no record: what no run speaks to is "not run".
pub fn judge(file: &ClaimsFile, records: &[RunRecord], setting: &RunSpec) -> ClaimsReport {
    let asked: Vec<Vec<Comparison>> = file.claims.iter().map(comparisons).collect();
    let mut evidence = gather(file, &asked, records, setting);
    correct(file, &asked, &mut evidence);
    let claims = file
        .claims
        .iter()
        .zip(&asked)
        .zip(evidence)
        .map(|((claim, comparisons), evidence)| {
            let cells = match &claim.kind {
                Kind::Counted { fact, above } => counted(claim, fact, *above),
                kind => comparisons.iter().zip(evidence).map(|(comparison, evidence)| cell(kind, comparison, evidence)).collect(),
            };
            judged(claim, cells)
        })
        .collect();
    ClaimsReport { claims, audit: audit(records) }
}

type Shown = Result<Found, String>;

fn gather(file: &ClaimsFile, asked: &[Vec<Comparison>], records: &[RunRecord], setting: &RunSpec) -> Vec<Vec<Shown>> {
    let of_claim = |(claim, comparisons): (&Claim, &Vec<Comparison>)| -> Vec<Shown> {
        if matches!(claim.kind, Kind::Counted { .. }) {
            return Vec::new();
        }
        let evidence = Evidence { records, setting, ignoring: &claim.ignoring, comparisons: comparisons.len() };
        comparisons.iter().map(|comparison| evidence.of(comparison)).collect()
    };
    // Every comparison has random numbers of its own, so that threads cannot change a figure.
    let jobs: Vec<(&Claim, &Vec<Comparison>)> = file.claims.iter().zip(asked).collect();
    std::thread::scope(|scope| {
        let handles: Vec<_> = jobs.iter().map(|job| scope.spawn(|| of_claim(*job))).collect();
        handles.into_iter().map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Holm's correction over the tests of each table of the paper. A pair that several claims ask for is one test. Claims of
/// equality, which are judged by their intervals, make a family of their own.
fn correct(file: &ClaimsFile, asked: &[Vec<Comparison>], evidence: &mut [Vec<Shown>]) {
    let mut families: Vec<Family> = file.claims.iter().map(family).collect();
    families.sort_unstable();
    families.dedup();
    for of_family in families {
        let mut tests: Vec<(&Comparison, f64)> = Vec::new();
        let of_claims = || file.claims.iter().enumerate().filter(|(_, claim)| family(claim) == of_family).map(|(index, _)| index);
        for claim in of_claims() {
            for (comparison, shown) in asked[claim].iter().zip(&evidence[claim]) {
                if let Ok(Found { p: Some(p), .. }) = shown
                    && !tests.iter().any(|(known, _)| *known == comparison)
                {
                    tests.push((comparison, *p));
                }
            }
        }
        let adjusted = holm(&tests.iter().map(|(_, p)| *p).collect::<Vec<_>>());
        for claim in of_claims() {
            for (comparison, shown) in asked[claim].iter().zip(&mut evidence[claim]) {
                if let (Ok(found), Some(test)) = (shown, tests.iter().position(|(known, _)| *known == comparison)) {
                    found.p_holm = Some(adjusted[test]);
                }
            }
        }
    }
}

/// The first table that the claim's place names, and whether equality is claimed.
type Family = (Option<u8>, bool);

fn family(claim: &Claim) -> Family {
    let number = |after: &str| after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let table = claim.place.split_once("Table ").and_then(|(_, after)| number(after));
    (table, matches!(claim.kind, Kind::Equal { .. }))
}

fn cell(kind: &Kind, comparison: &Comparison, shown: Shown) -> Cell {
    let second = comparison.second.as_ref();
    let mut cell = Cell {
        first: label(&comparison.first, second),
        second: match (second, kind) {
            (Some(second), _) => label(second, Some(&comparison.first)),
            (None, Kind::Exceeds { by }) => published(comparison, *by),
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
    match shown {
        Ok(found) => {
            (cell.verdict, cell.because) = verdict::of_cell(kind, &found);
            cell.found = Some(found);
        }
        Err(why) => cell.because = why,
    }
    cell
}

fn published(comparison: &Comparison, by: f64) -> String {
    let best = PaperCorpus::of(&comparison.corpus).and_then(|corpus| paper::best_previous(corpus.key(), comparison.on.task()));
    let name = best.map_or_else(|| "no published system".to_owned(), |(system, f1)| format!("{system} as published ({f1:.4})"));
    if by > 0.0 { format!("{name} and {:.2} points", by * 100.0) } else { name }
}

fn counted(claim: &Claim, fact: &str, above: f64) -> Vec<Cell> {
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
            let found = Found {
                first: value,
                second: above,
                difference: value - above,
                low: value - above,
                high: value - above,
                p: None,
                p_holm: None,
                seeds: 0,
                seeds_agree: None,
                first_runs: Vec::new(),
                second_runs: Vec::new(),
                stand_in: false,
            };
            (cell.verdict, cell.because) = verdict::of_cell(&claim.kind, &found);
            cell.found = Some(found);
        }
        cell
    };
    claim.corpora.iter().map(of).collect()
}

fn judged(claim: &Claim, cells: Vec<Cell>) -> JudgedClaim {
    let (verdict, because) = verdict::of_claim(&cells);
    let found = || cells.iter().filter_map(|cell| cell.found.as_ref());
    let mut notes = Vec::new();
    if found().any(|found| found.stand_in) {
        notes.push("the vectors of some of these runs stand in for the paper's".to_owned());
    }
    let single = found().filter(|found| found.seeds == 1).count();
    if single > 0 {
        notes.push(format!("{single} of the comparisons rest on one seed a side"));
    }
    JudgedClaim {
        id: claim.id.clone(),
        place: claim.place.clone(),
        phrase: claim.phrase.clone(),
        says: claim.says.clone(),
        kind: claim.kind.name(),
        verdict,
        because,
        notes,
        cells,
    }
}
