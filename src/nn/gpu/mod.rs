//! What the kernels of `ops/*/*.cu` run on.
//!
//! An operation's `cuda.rs` is a sequence of launches and matrix products, written against [`Gpu`]. There are two: a CUDA device
//! (feature `cuda`), and in tests the host, on which the same kernels, compiled as C++, are held to the results of the CPU's.

#[cfg(feature = "cuda")]
mod cuda;
#[cfg(test)]
pub mod emulated;
mod groups;
pub mod rows;

#[cfg(feature = "cuda")]
pub use cuda::{CudaGpu, CudaGpuError};
pub use groups::{Groups, UploadedGroups};

/// An index that points nowhere.
pub const NONE: u32 = u32::MAX;

/// Memory, kernels and matrix products of one device, in the order in which they are asked for.
pub trait Gpu {
    /// f32 values on the device.
    type Values;
    /// u32 values on the device.
    type Indices;
    type Error;

    fn zeros(&self, len: usize) -> Result<Self::Values, Self::Error>;

    fn upload(&self, values: Vec<f32>) -> Result<Self::Values, Self::Error>;

    fn upload_indices(&self, indices: Vec<u32>) -> Result<Self::Indices, Self::Error>;

    /// Indices that are all 0.
    fn zero_indices(&self, len: usize) -> Result<Self::Indices, Self::Error>;

    fn download(&self, values: &Self::Values) -> Result<Vec<f32>, Self::Error>;

    fn download_indices(&self, indices: &Self::Indices) -> Result<Vec<u32>, Self::Error>;

    /// A copy on the device.
    fn copy(&self, values: &Self::Values) -> Result<Self::Values, Self::Error>;

    /// Runs a kernel; its parameters must be of the kinds that `arguments` has, in this order.
    fn launch(&self, kernel: &'static str, grid: Grid, arguments: &mut [Argument<Self>]) -> Result<(), Self::Error>;

    /// c = a b, or c += a b with `accumulate`.
    fn multiply(&self, accumulate: bool, a: Matrix<Self>, b: Matrix<Self>, c: Target<Self>) -> Result<(), Self::Error>;
}

/// Result of a forward pass: its values, and what the backward pass needs if there will be one.
pub type Forward<G, S> = (<G as Gpu>::Values, Option<S>);

/// How many threads a kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    /// At least one for each of so many values; none knows of another.
    Each(usize),
    /// A block of [`ROW_THREADS`] for each of so many rows; the threads of a block work together.
    Rows(usize),
}

/// Threads of a block of [`Grid::Each`].
pub const EACH_THREADS: usize = 256;
/// Threads of a block of [`Grid::Rows`]: `THREADS` in `kernel.cuh`.
pub const ROW_THREADS: usize = 128;

impl Grid {
    /// Blocks, and threads of a block.
    pub fn shape(self) -> (u32, u32) {
        match self {
            Grid::Each(n) => (n.div_ceil(EACH_THREADS) as u32, EACH_THREADS as u32),
            Grid::Rows(n) => (n as u32, ROW_THREADS as u32),
        }
    }
}

/// A kernel's argument, and the type that its parameter has.
pub enum Argument<'a, G: Gpu + ?Sized> {
    /// `const float*`
    In(&'a G::Values),
    /// `const float*`, from this value on
    InFrom(&'a G::Values, usize),
    /// `float*`
    Out(&'a mut G::Values),
    /// `float*`, from this value on
    OutFrom(&'a mut G::Values, usize),
    /// `const unsigned*`
    Indices(&'a G::Indices),
    /// `unsigned*`
    OutIndices(&'a mut G::Indices),
    /// `const float*`, or null
    Maybe(Option<&'a G::Values>),
    /// `int`
    Int(usize),
    /// `float`
    Float(f32),
}

/// A matrix on the device, to be read: rows `row_stride` values apart, columns side by side.
pub struct Matrix<'a, G: Gpu + ?Sized> {
    pub values: &'a G::Values,
    /// The first value.
    pub first: usize,
    /// Rows and columns as they lie in memory.
    pub rows: usize,
    pub columns: usize,
    pub row_stride: usize,
    pub transposed: bool,
}

impl<G: Gpu + ?Sized> Clone for Matrix<'_, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: Gpu + ?Sized> Copy for Matrix<'_, G> {}

impl<'a, G: Gpu + ?Sized> Matrix<'a, G> {
    /// `rows` x `columns` values, one row after the other.
    pub fn new(values: &'a G::Values, rows: usize, columns: usize) -> Self {
        Self { values, first: 0, rows, columns, row_stride: columns, transposed: false }
    }

    /// From this value on.
    pub fn from(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// Rows that are so many values apart, and at least as many as there are columns.
    pub fn stride(self, row_stride: usize) -> Self {
        Self { row_stride, ..self }
    }

    pub fn t(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    /// Rows and columns of what it stands for.
    pub fn shape(self) -> (usize, usize) {
        if self.transposed { (self.columns, self.rows) } else { (self.rows, self.columns) }
    }
}

/// Where a product goes.
pub struct Target<'a, G: Gpu + ?Sized> {
    pub values: &'a mut G::Values,
    pub first: usize,
    pub row_stride: usize,
}

/// The kernels' source: what they share, then each operation's. One text, one compilation.
pub fn source() -> String {
    [
        include_str!("kernel.cuh"),
        include_str!("rows.cu"),
        include_str!("../ops/features/features.cu"),
        include_str!("../ops/lstm/lstm.cu"),
        include_str!("../ops/dilated/dilated.cu"),
        include_str!("../ops/heads/heads.cu"),
        include_str!("../ops/crf/crf.cu"),
        include_str!("../ops/optimizer/optimizer.cu"),
    ]
    .concat()
}

/// The names of the kernels in a source.
pub fn kernels(source: &str) -> Vec<&str> {
    let declared = source.split("__global__ void ").skip(1);
    declared.filter_map(|rest| rest.split_once('(').map(|(name, _)| name)).collect()
}
