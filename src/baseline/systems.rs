//! The systems of a program: those of this crate, and those that a program of the user's own registers beside them.

use super::{System, system};
use crate::run::spec::{OwnSystem, OwnSystemError, SystemKind};
use std::collections::BTreeMap;
use std::fmt;

/// Systems by the names that experiment files give them.
///
/// A name stands for everything that decides a system's results beside corpus and seed: its runs are found again by it. A system with
/// another option, or whose code now gives other results, is registered under another name.
///
/// ```
/// use mermen::baseline::{System, SystemError, SystemOutput, Systems, TrainedSystem, TrainingData};
/// # use mermen::{corpus::Document, evaluate::Split};
/// # use std::collections::BTreeMap;
///
/// /// Finds nothing.
/// struct Silent;
///
/// impl System for Silent {
///     fn train(&self, _: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
///         Ok(Box::new(Silent))
///     }
/// }
///
/// impl TrainedSystem for Silent {
///     fn predict(&self, _: Split, documents: &[Document]) -> Result<SystemOutput, SystemError> {
///         let empty: Vec<Document> = documents.iter().map(|d| Document { id: d.id.clone(), ..Document::default() }).collect();
///         Ok(SystemOutput { mer: empty.clone(), men: empty, ..SystemOutput::default() })
///     }
/// #   fn facts(&self) -> BTreeMap<String, f64> { BTreeMap::new() }
/// }
///
/// let systems = Systems::default().with("silent", Silent)?;
/// assert_eq!(systems.names(), ["silent"]);
/// assert!(Systems::default().with("dnorm", Silent).is_err()); // the program has a system of this name
/// # Ok::<(), mermen::run::spec::OwnSystemError>(())
/// ```
///
/// `mermen::cli::run_with(systems)` is then the program with `system: silent` among its systems (`examples/own_system.rs`).
#[derive(Default)]
pub struct Systems {
    own: BTreeMap<OwnSystem, Box<dyn System>>,
}

impl Systems {
    /// With one more.
    ///
    /// # Errors
    /// [`OwnSystemError`]: no name for a system, or one that a system has already.
    pub fn with(mut self, name: &str, system: impl System + 'static) -> Result<Self, OwnSystemError> {
        let own = OwnSystem::new(name)?;
        if self.own.contains_key(&own) {
            return Err(OwnSystemError::Taken { name: name.to_owned() });
        }
        self.own.insert(own, Box::new(system));
        Ok(self)
    }

    /// Names of the registered ones, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.own.keys().map(ToString::to_string).collect()
    }

    /// The system of this kind; `None` where networks are part of it, or where it is registered by another program.
    pub fn get(&self, kind: SystemKind) -> Option<&dyn System> {
        match kind {
            SystemKind::Own(name) => self.own.get(&name).map(Box::as_ref),
            kind => system(kind),
        }
    }
}

impl fmt::Debug for Systems {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_set().entries(self.own.keys()).finish()
    }
}
