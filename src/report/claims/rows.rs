//! Judged claims as rows of the report's page.

use super::render::evidence;
use super::{AuditResult, ClaimsReport, JudgedClaim, Robustness, Verdict};
use crate::report::ClaimRow;
use std::collections::BTreeSet;

/// Claims, then the audit of the paper's own numbers.
pub fn rows(report: &ClaimsReport) -> (Vec<ClaimRow>, Vec<ClaimRow>) {
    let claims = report.claims.iter().map(|claim| {
        let cells = claim.readings.iter().flat_map(|reading| &reading.cells);
        let runs: BTreeSet<&String> =
            cells.filter_map(|cell| cell.found.as_ref()).flat_map(|f| f.first_runs.iter().chain(&f.second_runs)).collect();
        let of_readings = claim.readings.iter().map(|reading| {
            let said = std::iter::once(format!("{}: {}: {}", reading.name, reading.verdict.name(), reading.because));
            said.chain(evidence(reading, claim.kind)).chain(reading.notes.iter().cloned()).collect::<Vec<_>>().join("; ")
        });
        ClaimRow {
            id: claim.id.clone(),
            place: claim.place.clone(),
            claim: claim.says.clone(),
            verdict: claim.verdict.name().to_owned(),
            robust: matches!(claim.robustness, Robustness::Robust | Robustness::Counted),
            because: match why_not_run(claim) {
                Some(why) => why,
                None => std::iter::once(claim.robustness.name().to_owned()).chain(of_readings).collect::<Vec<_>>().join(". "),
            },
            runs: runs.into_iter().cloned().collect(),
        }
    });
    let audit = report.audit.iter().map(|row| ClaimRow {
        id: row.id.to_owned(),
        place: row.place.to_owned(),
        claim: row.statement.clone(),
        verdict: match row.result {
            AuditResult::Holds => "holds",
            AuditResult::DoesNotHold => "does not hold",
            AuditResult::CannotBeTold => "cannot be told",
            AuditResult::NotRun => "not run",
        }
        .to_owned(),
        robust: true,
        because: format!("{}: {}", row.checked, row.found),
        runs: Vec::new(),
    });
    (claims.collect(), audit.collect())
}

/// Of a claim that no reading could judge: what is missing, each thing once.
fn why_not_run(claim: &JudgedClaim) -> Option<String> {
    if claim.readings.iter().any(|reading| reading.verdict != Verdict::NotRun) {
        return None;
    }
    let missing: BTreeSet<&str> =
        claim.readings.iter().map(|reading| reading.because.as_str()).filter(|why| *why != Verdict::NotRun.name()).collect();
    let missing: Vec<&str> = missing.into_iter().collect();
    let missing = if missing.is_empty() { String::new() } else { format!(": {}", missing.join("; ")) };
    Some(format!("not run under any reading{missing}"))
}
