//! The network on an NVIDIA GPU, through dfdx's `Cuda`.

use super::{Buffer, Buffers, Context, Rows};
use crate::nn::device_location::DeviceLocationError;
use crate::nn::gpu::{CudaGpu, CudaGpuError, Gpu};
use cudarc::driver::{DriverError, result, sys};
use dfdx::prelude::*;
use dfdx::tensor_ops::SgdConfig;

impl Context<Cuda> {
    /// The GPU of this number.
    ///
    /// # Errors
    /// No driver that works, no such GPU, or kernels that it does not take.
    pub fn cuda(ordinal: usize) -> Result<Self, DeviceLocationError> {
        check(ordinal)?;
        // The seed is of dfdx's own random numbers, which this program does not use.
        let device = Cuda::try_build(ordinal, 0).map_err(|e| refused(ordinal, e))?;
        let gpu = CudaGpu::new(&device).map_err(|e| match e {
            CudaGpuError::Device(e) => refused(ordinal, e),
            CudaGpuError::Load(e) => sorted(ordinal, e),
            CudaGpuError::Compile(e) => DeviceLocationError::Refused { ordinal, why: format!("its kernels do not compile: {e}") },
        })?;
        Ok(Self::with_workspace(device, gpu))
    }
}

/// Whether there is a GPU of this number that can be asked.
pub fn check(ordinal: usize) -> Result<(), DeviceLocationError> {
    result::init().map_err(|e| sorted(ordinal, e))?;
    let count = result::device::get_count().map_err(|e| sorted(ordinal, e))? as usize;
    match count {
        0 => Err(DeviceLocationError::NoGpu),
        _ if ordinal < count => Ok(()),
        _ => Err(DeviceLocationError::Ordinal { ordinal, count }),
    }
}

fn refused(ordinal: usize, error: CudaError) -> DeviceLocationError {
    match error {
        CudaError::Driver(e) => sorted(ordinal, e),
        e => DeviceLocationError::Refused { ordinal, why: e.to_string() },
    }
}

/// A driver's error as one that names the fix.
fn sorted(ordinal: usize, DriverError(code): DriverError) -> DeviceLocationError {
    use sys::CUresult::{
        CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, CUDA_ERROR_NO_DEVICE, CUDA_ERROR_STUB_LIBRARY, CUDA_ERROR_SYSTEM_DRIVER_MISMATCH,
        CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
    };
    match code {
        CUDA_ERROR_NO_DEVICE => DeviceLocationError::NoGpu,
        CUDA_ERROR_STUB_LIBRARY => DeviceLocationError::StubDriver,
        CUDA_ERROR_SYSTEM_DRIVER_MISMATCH | CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE | CUDA_ERROR_UNSUPPORTED_PTX_VERSION => {
            DeviceLocationError::OldDriver { code: format!("{code:?}") }
        }
        _ => DeviceLocationError::Refused { ordinal, why: format!("{code:?}") },
    }
}

impl Buffers for Cuda {
    type Workspace = CudaGpu;

    /// dfdx 0.13 shows nobody a tensor's memory. But its SGD step, in which the velocity becomes the decayed parameter when there is no
    /// momentum and no gradient, reads a tensor and writes a buffer, on the device.
    fn read(run: &Context<Self>, tensor: &Rows<Self>) -> Result<Buffer<Self>, Self::Err> {
        let len = tensor.shape().0 * tensor.shape().1;
        let (mut buffer, no_gradient) = (run.zeros(len)?, run.zeros(len)?);
        // The step's tensor is a copy, and for it dfdx takes memory without asking whether there is any: this asks first.
        drop(run.zeros(len)?);
        let copy = SgdConfig { lr: 0.0, momentum: Some(Momentum::Classic(0.0)), weight_decay: Some(WeightDecay::L2(1.0)) };
        copy.try_update(&mut tensor.clone(), &mut buffer, &no_gradient)?;
        Ok(buffer)
    }

    /// The reverse: a tensor of zeros less -1 times the buffer as its gradient.
    fn tensor(run: &Context<Self>, buffer: Buffer<Self>, shape: (usize, usize)) -> Result<Rows<Self>, Self::Err> {
        let mut tensor: Rows<Self> = run.device().try_zeros_like(&shape)?;
        let mut no_velocity = run.zeros(shape.0 * shape.1)?;
        SgdConfig { lr: -1.0, momentum: None, weight_decay: None }.try_update(&mut tensor, &mut no_velocity, &buffer)?;
        Ok(tensor)
    }

    fn upload(run: &Context<Self>, values: Vec<f32>) -> Result<Buffer<Self>, Self::Err> {
        run.workspace().upload(values)
    }

    fn download(run: &Context<Self>, buffer: &Buffer<Self>) -> Result<Vec<f32>, Self::Err> {
        run.workspace().download(buffer)
    }

    fn overwrite(run: &Context<Self>, buffer: &mut Buffer<Self>, values: &[f32]) -> Result<(), Self::Err> {
        *buffer = run.workspace().upload(values.to_vec())?;
        Ok(())
    }
}
