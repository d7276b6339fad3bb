//! The paper's own numbers, compared with each other, with the corpora and with what any system can reach.
//!
//! Published figures come from `data/paper/*.csv`, counted facts from `data/paper/corpus_facts.csv` (each with the rule by which
//! it was counted), ceilings and our own partitions from run records. Nothing is typed in here.

mod against_data;
mod against_records;
mod against_tables;

use crate::run::record::RunRecord;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditRow {
    pub id: &'static str,
    pub place: &'static str,
    /// What the paper says, in our words.
    pub statement: String,
    /// What it was compared with.
    pub checked: String,
    pub found: String,
    pub result: AuditResult,
    /// Files that the figures come from.
    pub source: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditResult {
    Holds,
    DoesNotHold,
    /// The paper gives too little to tell.
    CannotBeTold,
    /// Needs run records that are not there.
    NotRun,
}

impl AuditResult {
    pub const ALL: [Self; 4] = [Self::Holds, Self::DoesNotHold, Self::CannotBeTold, Self::NotRun];

    pub fn name(self) -> &'static str {
        match self {
            AuditResult::Holds => "holds",
            AuditResult::DoesNotHold => "does not hold",
            AuditResult::CannotBeTold => "cannot be told",
            AuditResult::NotRun => "not run",
        }
    }

    fn of(holds: bool) -> Self {
        if holds { AuditResult::Holds } else { AuditResult::DoesNotHold }
    }
}

/// Every row: text against tables, both against the data, and against what our runs show. The order of records is of no matter.
pub fn audit(records: &[RunRecord]) -> Vec<AuditRow> {
    let mut rows = against_tables::rows();
    rows.extend(against_data::rows());
    rows.extend(against_records::rows(records));
    rows
}

pub(super) const CORPORA: [(&str, &str); 2] = [("ncbi", "NCBI"), ("bc5cdr", "BC5CDR")];
pub(super) const TASKS: [(&str, &str); 2] = [("mer", "recognition"), ("men", "normalization")];

/// A share as points of F1.
fn points(share: f64) -> String {
    format!("{:.2}", share * 100.0)
}

/// The smallest and the largest value; none of none.
fn range(values: &[f64]) -> Option<(f64, f64)> {
    let low = values.iter().copied().min_by(f64::total_cmp)?;
    let high = values.iter().copied().max_by(f64::total_cmp)?;
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_records_the_audit_says_this() {
        let shown: String = audit(&[])
            .iter()
            .map(|row| {
                format!(
                    "{} [{}] {}\n  said: {}\n  checked: {}\n  found: {}\n",
                    row.id,
                    row.result.name(),
                    row.place,
                    row.statement,
                    row.checked,
                    row.found
                )
            })
            .collect();
        crate::report::claims::tests::snapshot("claims__audit", &shown);
    }

    #[test]
    fn ids_are_unique() {
        let rows = audit(&[]);
        let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), rows.len());
    }
}
