//! Judged claims as rows of the report's page.

use super::render::evidence;
use super::{AuditResult, ClaimsReport};
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
            because: std::iter::once(claim.robustness.name().to_owned()).chain(of_readings).collect::<Vec<_>>().join(". "),
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
        because: format!("{}: {}", row.checked, row.found),
        runs: Vec::new(),
    });
    (claims.collect(), audit.collect())
}
