//! Which epoch's parameters a run keeps.

use super::network::Part;
use crate::experiment::spec::Select;
use crate::nn::architecture::{MEN, MER};

/// By which dev score an epoch is chosen, and for which tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    Last,
    /// (mention F1 + concept F1) / 2
    Mean,
    Task(usize),
}

impl Selection {
    pub fn score(self, mention: f64, concept: f64) -> f64 {
        match self {
            // Whatever it scores, it is taken; JSON, which keeps this number, has no infinity.
            Selection::Last => 0.0,
            Selection::Mean => (mention + concept) / 2.0,
            Selection::Task(MER) => mention,
            Selection::Task(_) => concept,
        }
    }

    /// The start of the name of the file that keeps the parameters.
    pub fn file(self) -> &'static str {
        match self {
            Selection::Last => "last",
            Selection::Mean => "best",
            Selection::Task(MER) => "best-mer",
            Selection::Task(_) => "best-men",
        }
    }

    pub fn is_for(self, task: usize) -> bool {
        !matches!(self, Selection::Task(own) if own != task)
    }
}

/// The selections of one network: one for all its tasks, or one for each.
pub fn selections(select: Select, part: Part) -> Vec<Selection> {
    match (select, part.tasks) {
        (Select::Last, _) => vec![Selection::Last],
        (_, [true, false]) => vec![Selection::Task(MER)],
        (_, [false, true]) => vec![Selection::Task(MEN)],
        (Select::BestDev, _) => vec![Selection::Mean],
        (Select::BestDevPerTask, _) => vec![Selection::Task(MER), Selection::Task(MEN)],
    }
}
