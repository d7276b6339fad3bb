//! Where a network runs, as it is named on the command line: `cpu` or `cuda:N`.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Cpu,
    /// With the number of the GPU.
    Cuda(usize),
}

/// Why a network cannot run there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error("no device `{0}`; expected `cpu` or `cuda:N`, as in `cuda:0`")]
    Unknown(String),
    #[error("device `{0}` needs a program built for CUDA, and this one is not: build it as docs/cuda.md says, or use `--device cpu`")]
    NotBuilt(Place),
    #[error("the NVIDIA driver finds no GPU here: see whether `nvidia-smi` lists one, or use `--device cpu`")]
    NoGpu,
    #[error("no GPU {ordinal}: {}; `--device cpu` needs none", there_are(*count))]
    Ordinal { ordinal: usize, count: usize },
    #[error(
        "the NVIDIA driver is older than the CUDA libraries of this program ({code}): update the driver, build with an older toolkit, or use `--device cpu`"
    )]
    OldDriver { code: String },
    #[error(
        "the libcuda.so.1 found first is a stub that was made for linking: put the NVIDIA driver's own before it, or use `--device cpu`"
    )]
    StubDriver,
    #[error("GPU {ordinal} cannot be used ({why}): see whether another program fills it, or use `--device cpu`")]
    Refused { ordinal: usize, why: String },
}

fn there_are(count: usize) -> String {
    match count {
        1 => "the only one is `cuda:0`".into(),
        _ => format!("there are `cuda:0` to `cuda:{}`", count.saturating_sub(1)),
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        match text.strip_prefix("cuda:").map(str::parse) {
            Some(Ok(ordinal)) => Ok(Place::Cuda(ordinal)),
            None if text == "cpu" => Ok(Place::Cpu),
            _ => Err(PlaceError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Place::Cpu => f.write_str("cpu"),
            Place::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

impl Place {
    /// Itself, if networks can run there.
    ///
    /// # Errors
    /// When this program was built without what the place needs, or the machine has no such GPU.
    pub fn available(self) -> Result<Self, PlaceError> {
        match self {
            Place::Cpu => Ok(self),
            #[cfg(feature = "cuda")]
            Place::Cuda(ordinal) => super::backend::check_gpu(ordinal).map(|()| self),
            #[cfg(not(feature = "cuda"))]
            Place::Cuda(_) => Err(PlaceError::NotBuilt(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_shown_alike() {
        for text in ["cpu", "cuda:0", "cuda:12"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        for text in ["gpu", "cuda", "cuda:", "cuda:-1", "cuda:x", "CPU", ""] {
            assert_eq!(text.parse::<Place>(), Err(PlaceError::Unknown(text.into())));
        }
    }

    #[test]
    fn errors_name_the_fix() {
        let errors = [
            PlaceError::Unknown("gpu".into()),
            PlaceError::NotBuilt(Place::Cuda(0)),
            PlaceError::NoGpu,
            PlaceError::Ordinal { ordinal: 1, count: 1 },
            PlaceError::Ordinal { ordinal: 3, count: 2 },
            PlaceError::OldDriver { code: "CUDA_ERROR_UNSUPPORTED_PTX_VERSION".into() },
            PlaceError::StubDriver,
            PlaceError::Refused { ordinal: 0, why: "CUDA_ERROR_OUT_OF_MEMORY".into() },
        ];
        insta::assert_snapshot!(errors.map(|e| e.to_string()).join("\n"), @r"
        no device `gpu`; expected `cpu` or `cuda:N`, as in `cuda:0`
        device `cuda:0` needs a program built for CUDA, and this one is not: build it as docs/cuda.md says, or use `--device cpu`
        the NVIDIA driver finds no GPU here: see whether `nvidia-smi` lists one, or use `--device cpu`
        no GPU 1: the only one is `cuda:0`; `--device cpu` needs none
        no GPU 3: there are `cuda:0` to `cuda:1`; `--device cpu` needs none
        the NVIDIA driver is older than the CUDA libraries of this program (CUDA_ERROR_UNSUPPORTED_PTX_VERSION): update the driver, build with an older toolkit, or use `--device cpu`
        the libcuda.so.1 found first is a stub that was made for linking: put the NVIDIA driver's own before it, or use `--device cpu`
        GPU 0 cannot be used (CUDA_ERROR_OUT_OF_MEMORY): see whether another program fills it, or use `--device cpu`
        ");
    }
}
