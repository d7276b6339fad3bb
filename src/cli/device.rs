//! `--device cpu|cuda:N`.

use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    Cpu,
    /// With the ordinal of the GPU.
    Cuda(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error("no device `{0}`; expected `cpu` or `cuda:N`, as in `cuda:0`")]
    Unknown(String),
    #[error("device `{0}` needs a program built for CUDA, and this one is not; use `--device cpu`")]
    NotBuilt(Device),
}

impl FromStr for Device {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        match text.strip_prefix("cuda:").map(str::parse) {
            Some(Ok(ordinal)) => Ok(Device::Cuda(ordinal)),
            None if text == "cpu" => Ok(Device::Cpu),
            _ => Err(DeviceError::Unknown(text.to_owned())),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

impl Device {
    /// # Errors
    /// When this program was built without what the device needs.
    pub fn available(self) -> Result<Self, DeviceError> {
        match self {
            Device::Cpu => Ok(self),
            Device::Cuda(_) => Err(DeviceError::NotBuilt(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_and_shown_alike() {
        for text in ["cpu", "cuda:0", "cuda:12"] {
            assert_eq!(text.parse::<Device>().unwrap().to_string(), text);
        }
        for text in ["gpu", "cuda", "cuda:", "cuda:-1", "cuda:x", "CPU", ""] {
            assert_eq!(text.parse::<Device>(), Err(DeviceError::Unknown(text.into())));
        }
    }
}
