//! A CUDA device as a [`Gpu`]: dfdx's own device and memory, with kernels of this crate's, compiled when the program starts, and cuBLAS.

use super::{Argument, Gpu, Grid, Matrix, Target, kernels, source};
use cudarc::cublas::{CudaBlas, result::sgemm, sys::cublasOperation_t};
use cudarc::driver::{CudaDevice, CudaSlice, DevicePtr, DriverError, result, sys};
use cudarc::nvrtc::{CompileError, compile_ptx};
use dfdx::prelude::{Cuda, CudaError, Storage};
use std::collections::BTreeMap;
use std::ffi::{CString, c_void};
use std::sync::Arc;

type Values = <Cuda as Storage<f32>>::Vec;

/// A device, and what this program has put on it.
pub struct CudaGpu {
    storage: Cuda,
    device: Arc<CudaDevice>,
    blas: CudaBlas,
    /// By name. They live as long as the device's context, which `device` holds.
    functions: BTreeMap<String, sys::CUfunction>,
}

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CudaGpuError {
    #[error("the device refused to start: {0}")]
    Device(CudaError),
    #[error("the kernels do not compile here: {0}")]
    Compile(CompileError),
    #[error("the driver refused the kernels: {0:?}")]
    Load(DriverError),
}

impl CudaGpu {
    /// Compiles the kernels and loads them.
    pub fn new(storage: &Cuda) -> Result<Self, CudaGpuError> {
        // dfdx keeps its device to itself, but its memory tells on which device it is.
        let memory = Storage::<f32>::try_alloc_len(storage, 1).map_err(CudaGpuError::Device)?;
        let device = memory.device();
        let blas = CudaBlas::new(device.clone()).map_err(|e| CudaGpuError::Device(e.into()))?;
        keep_freed_memory(&device).map_err(|e| CudaGpuError::Device(e.into()))?;
        let source = source();
        let ptx = compile_ptx(&source).map_err(CudaGpuError::Compile)?.to_src();
        let functions = load(&ptx, &kernels(&source)).map_err(CudaGpuError::Load)?;
        Ok(Self { storage: storage.clone(), device, blas, functions })
    }

    fn function(&self, kernel: &'static str) -> sys::CUfunction {
        *self.functions.get(kernel).unwrap_or_else(|| panic!("no kernel `{kernel}`: a bug"))
    }
}

/// Loads the functions of a text of PTX.
fn load(ptx: &str, names: &[&str]) -> Result<BTreeMap<String, sys::CUfunction>, DriverError> {
    let image = CString::new(ptx).map_err(|_| DriverError(sys::CUresult::CUDA_ERROR_INVALID_PTX))?;
    // SAFETY: the image is text that ends with a zero, and outlives the call; the device is bound to this thread, as it has just allocated.
    let module = unsafe { result::module::load_data(image.as_ptr().cast()) }?;
    let mut functions = BTreeMap::new();
    for name in names {
        let c_name = CString::new(*name).map_err(|_| DriverError(sys::CUresult::CUDA_ERROR_NOT_FOUND))?;
        // SAFETY: the module was loaded above and is never unloaded.
        functions.insert((*name).to_owned(), unsafe { result::module::get_function(module, c_name) }?);
    }
    Ok(functions)
}

/// Lets the driver keep memory that was freed, for the next allocation: by default it gives all of it back whenever the host waits.
fn keep_freed_memory(device: &CudaDevice) -> Result<(), DriverError> {
    let pools = sys::CUdevice_attribute_enum::CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED;
    if device.attribute(pools)? == 0 {
        return Ok(());
    }
    let mut pool = std::ptr::null_mut();
    let mut threshold = u64::MAX;
    let attribute = sys::CUmemPool_attribute_enum::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    // SAFETY: both pointers are to variables of the types that the driver's interface names for these calls.
    unsafe {
        sys::cuDeviceGetDefaultMemPool(&mut pool, *device.cu_device()).result()?;
        sys::cuMemPoolSetAttribute(pool, attribute, (&mut threshold as *mut u64).cast()).result()
    }
}

impl Gpu for CudaGpu {
    type Values = Values;
    type Indices = CudaSlice<u32>;
    type Error = CudaError;

    fn zeros(&self, len: usize) -> Result<Values, CudaError> {
        // No device allocates nothing at all.
        self.storage.try_alloc_len(len.max(1))
    }

    fn upload(&self, values: Vec<f32>) -> Result<Values, CudaError> {
        let mut buffer = self.zeros(values.len())?;
        if !values.is_empty() {
            self.device.htod_copy_into(values, &mut buffer)?;
        }
        Ok(buffer)
    }

    fn upload_indices(&self, mut indices: Vec<u32>) -> Result<CudaSlice<u32>, CudaError> {
        if indices.is_empty() {
            indices.push(0);
        }
        Ok(self.device.htod_copy(indices)?)
    }

    fn zero_indices(&self, len: usize) -> Result<CudaSlice<u32>, CudaError> {
        Ok(self.device.alloc_zeros(len.max(1))?)
    }

    fn download(&self, values: &Values) -> Result<Vec<f32>, CudaError> {
        Ok(self.device.dtoh_sync_copy(values)?)
    }

    fn download_indices(&self, indices: &CudaSlice<u32>) -> Result<Vec<u32>, CudaError> {
        Ok(self.device.dtoh_sync_copy(indices)?)
    }

    fn copy(&self, values: &Values) -> Result<Values, CudaError> {
        let mut copy = self.zeros(self.storage.len(values))?;
        self.device.dtod_copy(values, &mut copy)?;
        Ok(copy)
    }

    fn launch(&self, kernel: &'static str, grid: Grid, arguments: &mut [Argument<Self>]) -> Result<(), CudaError> {
        let (blocks, threads) = grid.shape();
        if blocks == 0 {
            return Ok(());
        }
        let from = |pointer: u64, first: usize| pointer + (first * size_of::<f32>()) as u64;
        // Each argument in a word of its own; a shorter one stands in the word's first bytes, as the machines that have CUDA are
        // little-endian.
        let mut words: Vec<u64> = arguments
            .iter()
            .map(|argument| match argument {
                Argument::In(v) => *v.device_ptr(),
                Argument::InFrom(v, first) => from(*v.device_ptr(), *first),
                Argument::Out(v) => *v.device_ptr(),
                Argument::OutFrom(v, first) => from(*v.device_ptr(), *first),
                Argument::Indices(v) => *v.device_ptr(),
                Argument::OutIndices(v) => *v.device_ptr(),
                Argument::Maybe(v) => v.map_or(0, |v| *v.device_ptr()),
                Argument::Int(n) => *n as u64,
                Argument::Float(x) => u64::from(x.to_bits()),
            })
            .collect();
        let mut pointers: Vec<*mut c_void> = words.iter_mut().map(|word| (word as *mut u64).cast()).collect();
        self.device.bind_to_thread()?;
        // SAFETY: that each kernel is launched with the types that it declares, and stays within its buffers, is what the tests on the
        // emulated GPU prove of this very source and these very launches. The buffers are borrowed for the call; that they may be freed or
        // read before the kernel has run is harmless, because all work of the device is on one stream.
        unsafe {
            result::launch_kernel(self.function(kernel), (blocks, 1, 1), (threads, 1, 1), 0, *self.device.cu_stream(), &mut pointers)
        }?;
        Ok(())
    }

    fn multiply(&self, accumulate: bool, a: Matrix<Self>, b: Matrix<Self>, c: Target<Self>) -> Result<(), CudaError> {
        let ((m, k), (inner, n)) = (a.shape(), b.shape());
        assert_eq!(k, inner, "inner dimensions of a matrix product");
        if m == 0 || n == 0 {
            return Ok(());
        }
        let operation = |m: &Matrix<Self>| if m.transposed { cublasOperation_t::CUBLAS_OP_T } else { cublasOperation_t::CUBLAS_OP_N };
        let pointer = |values: &Values, first: usize| (*values.device_ptr() as usize + first * size_of::<f32>()) as *const f32;
        let beta = if accumulate { 1.0f32 } else { 0.0 };
        // cuBLAS stores columns one after the other, so to it every matrix here is its transpose, and c^T = b^T a^T.
        // SAFETY: `Matrix` and `Target` describe memory of their buffers, as the tests on the emulated GPU prove of these very products;
        // `c` is borrowed mutably, so that it overlaps neither `a` nor `b`.
        unsafe {
            sgemm(
                *self.blas.handle(),
                operation(&b),
                operation(&a),
                n as i32,
                m as i32,
                k as i32,
                &1.0f32,
                pointer(b.values, b.first),
                b.row_stride as i32,
                pointer(a.values, a.first),
                a.row_stride as i32,
                &beta,
                pointer(c.values, c.first).cast_mut(),
                c.row_stride as i32,
            )
        }?;
        Ok(())
    }
}
