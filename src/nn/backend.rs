//! A device on which the whole network runs.

use super::buffers::Buffers;
use super::device_location::{DeviceLocation, DeviceLocationError};
use super::ops::{
    crf::CrfKernel, dilated::DilatedKernel, dropout::DropoutKernel, features::FeaturesKernel, heads::HeadsKernel, lstm::LstmKernel,
    optimizer::OptimizerKernel,
};

/// A device on which the network runs: dfdx's, with the kernels of every operation.
pub trait Backend:
    dfdx::tensor_ops::Device<f32>
    + Buffers
    + LstmKernel
    + FeaturesKernel
    + DropoutKernel
    + HeadsKernel
    + CrfKernel
    + DilatedKernel
    + OptimizerKernel
{
}

impl<D> Backend for D where
    D: dfdx::tensor_ops::Device<f32>
        + Buffers
        + LstmKernel
        + FeaturesKernel
        + DropoutKernel
        + HeadsKernel
        + CrfKernel
        + DilatedKernel
        + OptimizerKernel
{
}

impl DeviceLocation {
    /// Itself, if networks can run there.
    ///
    /// # Errors
    /// When this program was built without what the place needs, or the machine has no such GPU.
    pub fn available(self) -> Result<Self, DeviceLocationError> {
        match self {
            DeviceLocation::Cpu => Ok(self),
            #[cfg(feature = "cuda")]
            DeviceLocation::Cuda(ordinal) => super::buffers::check_gpu(ordinal).map(|()| self),
            #[cfg(not(feature = "cuda"))]
            DeviceLocation::Cuda(_) => Err(DeviceLocationError::NotBuilt(self)),
        }
    }
}
