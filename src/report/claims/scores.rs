//! What a claim measures of a run, read from its record.

use crate::corpus::OovSubset;
use crate::evaluate::{Counts, SplitScores};
use crate::run::record::RunRecord;
use crate::run::spec::Task;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Measure {
    /// The kit's F1 on test.
    F1(Task),
    /// F1 on a subset of the entities.
    Subset(Task, OovSubset),
    /// Share of the spans that only one of the two outputs has.
    Boundary,
}

/// What one run scores; `None` where its record has no such score.
pub(super) fn value(record: &RunRecord, measure: Measure) -> Option<f64> {
    let test = record.result.test.as_ref()?;
    Some(match measure {
        Measure::F1(task) => whole(test, task).f1(),
        Measure::Subset(task, subset) => of_subset(test, task, subset)?.f1(),
        Measure::Boundary => test.boundary.spans(),
    })
}

/// Counts of each test document, in corpus order.
pub(super) fn documents(record: &RunRecord, task: Task) -> Vec<Counts> {
    let documents = record.result.test.iter().flat_map(|test| &test.documents);
    documents.map(|document| if task == Task::Mer { document.mention } else { document.concept }).collect()
}

/// Ids of the test documents.
pub(super) fn ids(record: &RunRecord) -> Vec<&str> {
    record.result.test.iter().flat_map(|test| &test.documents).map(|document| document.id.as_str()).collect()
}

/// For measures without counts per document: how many entities (spans) there are on either side, how many of them count, and by how much
/// the score moves with their share.
pub(super) struct Entities {
    pub part: f64,
    pub whole: f64,
}

pub(super) fn entities(record: &RunRecord, measure: Measure) -> Option<Entities> {
    let test = record.result.test.as_ref()?;
    let of = |part: u64, whole: u64| Entities { part: part as f64, whole: whole as f64 };
    match measure {
        Measure::F1(task) => Some(shared(whole(test, task))),
        Measure::Subset(task, subset) => Some(shared(of_subset(test, task, subset)?)),
        Measure::Boundary => Some(of(test.boundary.spans_in_one, test.boundary.spans_in_any)),
    }
}

/// The entities of either side that both have: F1 is a function of their share J, F1 = 2J / (1 + J).
fn shared(counts: Counts) -> Entities {
    Entities { part: counts.tp as f64, whole: (counts.tp + counts.fp + counts.fn_) as f64 }
}

fn whole(test: &SplitScores, task: Task) -> Counts {
    if task == Task::Mer { test.mention.kit } else { test.concept.kit }
}

fn of_subset(test: &SplitScores, task: Task, subset: OovSubset) -> Option<Counts> {
    let scores = test.oov.iter().find(|scores| scores.subset == subset)?;
    Some(scores.counts[task])
}

impl Measure {
    /// Variance of the score where its entities are drawn again, independently: that of a share, at Agresti and Coull's (1998) centre, so
    /// that a share of none or all is not taken as certain.
    pub fn entity_variance(self, entities: &Entities) -> f64 {
        let share = (entities.part + 2.0) / (entities.whole + 4.0);
        let of_share = share * (1.0 - share) / (entities.whole + 4.0);
        let slope = match self {
            Measure::Boundary => 1.0,
            Measure::F1(_) | Measure::Subset(..) => 2.0 / ((1.0 + share) * (1.0 + share)),
        };
        slope * slope * of_share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Delta method by hand: J = 52/104 = .5, var J = .25/104, dF/dJ = 2/2.25
    #[test]
    fn entities_have_the_variance_of_a_share() {
        let entities = Entities { part: 50.0, whole: 100.0 };
        assert!((Measure::Boundary.entity_variance(&entities) - 0.25 / 104.0).abs() < 1e-15);
        let f1 = Measure::Subset(Task::Mer, OovSubset::Iv).entity_variance(&entities);
        assert!((f1 - 0.25 / 104.0 * (2.0f64 / 2.25).powi(2)).abs() < 1e-15);
        assert!(Measure::Boundary.entity_variance(&Entities { part: 0.0, whole: 20.0 }) > 0.0);
    }
}
