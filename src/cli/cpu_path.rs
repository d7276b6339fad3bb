//! `--isa portable|avx2|avx512`, or the variable `MERMEN_CPU`.

use crate::nn::isa::{Isa, IsaError};
use std::ffi::OsString;

#[derive(Clone, Debug, clap::Args)]
pub struct CpuPath {
    /// Which kernels the CPU runs: `portable`, `avx2` or `avx512`; results are the same [default: the fastest that this machine has]
    #[arg(long = "isa", env = "MERMEN_CPU", value_name = "PATH")]
    name: Option<String>,
}

/// A path that cannot be used here.
#[derive(Debug, thiserror::Error)]
#[error("`--isa` or the variable MERMEN_CPU: {0}")]
pub struct NoSuchPath(IsaError);

impl CpuPath {
    /// # Errors
    /// No path is called so, or this machine lacks it.
    pub fn isa(&self) -> Result<Isa, NoSuchPath> {
        self.given().map_or_else(|| Ok(Isa::detect()), |name| Isa::named(name).map_err(NoSuchPath))
    }

    /// The same for another process of this program, which looks for the path where it runs.
    pub fn arguments(&self) -> Vec<OsString> {
        self.given().map_or_else(Vec::new, |name| vec!["--isa".into(), name.into()])
    }

    /// A variable that is set to nothing is one that is not set.
    fn given(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }
}
