//! Where a network runs, as it is named on the command line: `cpu` or `cuda:N`.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceLocation {
    #[default]
    Cpu,
    /// With the number of the GPU.
    Cuda(usize),
}

/// Why a network cannot run there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceLocationError {
    #[error("no device `{0}`; expected `cpu` or `cuda:N`, as in `cuda:0`")]
    Unknown(String),
    #[error("device `{0}` needs a program built for CUDA, and this one is not: build it as docs/cuda.md says, or use `--device cpu`")]
    NotBuilt(DeviceLocation),
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

impl FromStr for DeviceLocation {
    type Err = DeviceLocationError;

    fn from_str(text: &str) -> Result<Self, DeviceLocationError> {
        match text.strip_prefix("cuda:").map(str::parse) {
            Some(Ok(ordinal)) => Ok(DeviceLocation::Cuda(ordinal)),
            None if text == "cpu" => Ok(DeviceLocation::Cpu),
            _ => Err(DeviceLocationError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for DeviceLocation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            DeviceLocation::Cpu => f.write_str("cpu"),
            DeviceLocation::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read_and_shown_alike() {
        for text in ["cpu", "cuda:0", "cuda:12"] {
            assert_eq!(text.parse::<DeviceLocation>().unwrap().to_string(), text);
        }
        for text in ["gpu", "cuda", "cuda:", "cuda:-1", "cuda:x", "CPU", ""] {
            assert_eq!(text.parse::<DeviceLocation>(), Err(DeviceLocationError::Unknown(text.into())));
        }
    }

    #[test]
    fn errors_name_the_fix() {
        let errors = [
            DeviceLocationError::Unknown("gpu".into()),
            DeviceLocationError::NotBuilt(DeviceLocation::Cuda(0)),
            DeviceLocationError::NoGpu,
            DeviceLocationError::Ordinal { ordinal: 1, count: 1 },
            DeviceLocationError::Ordinal { ordinal: 3, count: 2 },
            DeviceLocationError::OldDriver { code: "CUDA_ERROR_UNSUPPORTED_PTX_VERSION".into() },
            DeviceLocationError::StubDriver,
            DeviceLocationError::Refused { ordinal: 0, why: "CUDA_ERROR_OUT_OF_MEMORY".into() },
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
