//! `experiments/claims.yaml`: what the paper claims, as data.
//!
//! A claim names its place in the paper, the systems that it speaks of, and what is expected of their scores. Here the file
//! is read and checked; what the run records say to it is the business of [`crate::report::claims`].

mod fields;
mod read;
mod systems;

pub(super) use read::{OwnRuns, of_experiment};
pub use read::{parse, read};
pub use systems::{Across, Systems};

use crate::corpus::OovSubset;
use crate::run::spec::Task;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq)]
pub struct ClaimsFile {
    /// Never empty: a file that names none has one, whose setting is that of most records.
    pub readings: Vec<Reading>,
    pub claims: Vec<Claim>,
}

/// One way to read what the paper leaves open: the setting of an experiment's runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub name: String,
    /// The experiment file, beside the claims file; none takes the setting of most records.
    pub experiment: Option<PathBuf>,
    /// Shown with the others, without a say in whether a verdict is robust.
    pub beside: bool,
}

/// How a claim's wording or systems differ from the file as it was first written, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// As `2026-11-28`.
    pub date: String,
    pub what: String,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Unique in the file.
    pub id: String,
    /// Section and table of the paper.
    pub place: String,
    /// A few words to find the sentence by.
    pub phrase: String,
    /// The claim in our words.
    pub says: String,
    pub kind: ClaimKind,
    /// Whether the paper says it of every single comparison, so that one significant comparison against it contradicts it.
    pub every: bool,
    pub measure: Measure,
    /// Names in the registry.
    pub corpora: Vec<String>,
    /// Empty where the measure belongs to no single task.
    pub tasks: Vec<Task>,
    /// Empty where all entities count.
    pub subsets: Vec<OovSubset>,
    /// The file's defaults are filled in.
    pub first: Vec<Systems>,
    pub second: Vec<Systems>,
    /// Every combination under which `first` and `second` are compared; at least one.
    pub across: Vec<Systems>,
    /// Dotted keys of the run spec in which the two sides may differ besides those that they name.
    pub ignoring: Vec<String>,
    /// In the order of the file.
    pub changed: Vec<Change>,
}

/// What is expected.
#[derive(Clone, Debug, PartialEq)]
pub enum ClaimKind {
    /// `first` scores above `second`.
    Higher,
    /// `first` scores below `second`.
    Lower,
    /// The two differ by less than `margin` (a share: one point of F1 is 0.01).
    Equal { margin: f64 },
    /// `first` scores less than `margin` above `second`, or below it.
    AtMost { margin: f64 },
    /// `first` lies at least `by` (a share) above the best previous system of the paper's Table 2.
    Exceeds { by: f64 },
    /// `first` gains more over `second` on each subset of `larger` than on each of `smaller`. Without subsets: `first[0]`
    /// gains more over `second[0]` on `tasks[0]` than `first[1]` does on `tasks[1]`.
    LargerGain { larger: Vec<OovSubset>, smaller: Vec<OovSubset> },
    /// A counted fact of the corpora lies above a number.
    Counted { fact: String, above: f64 },
}

impl ClaimKind {
    /// As it stands in the file.
    pub fn name(&self) -> &'static str {
        match self {
            ClaimKind::Higher => "higher",
            ClaimKind::Lower => "lower",
            ClaimKind::Equal { .. } => "equal",
            ClaimKind::AtMost { .. } => "at-most",
            ClaimKind::Exceeds { .. } => "exceeds",
            ClaimKind::LargerGain { .. } => "larger-gain",
            ClaimKind::Counted { .. } => "counted",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The kit's F1 on test: mentions for MER, document-level concepts for MEN.
    F1,
    /// Table 5's ratio on test, over spans.
    BoundaryInconsistency,
}

#[cfg(test)]
mod tests;
