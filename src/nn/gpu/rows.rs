//! The kernels of `rows.cu` as functions, for every operation.

use super::Argument::{Float, In, InFrom, Indices, Int, Out, OutFrom};
use super::{Gpu, Grid, Matrix, Target};

/// to += from, `n` values
pub fn add<G: Gpu>(gpu: &G, to: &mut G::Values, from: &G::Values, n: usize) -> Result<(), G::Error> {
    gpu.launch("add", Grid::Each(n), &mut [Out(to), In(from), Int(n)])
}

/// values *= factor, `n` values
pub fn scale<G: Gpu>(gpu: &G, values: &mut G::Values, factor: f32, n: usize) -> Result<(), G::Error> {
    gpu.launch("scale", Grid::Each(n), &mut [Out(values), Float(factor), Int(n)])
}

/// `count` rows, each a copy of the `width` values from value `first` on.
pub fn repeated<G: Gpu>(gpu: &G, values: &G::Values, first: usize, count: usize, width: usize) -> Result<G::Values, G::Error> {
    let mut rows = gpu.zeros(count * width)?;
    let arguments = &mut [Out(&mut rows), InFrom(values, first), Int(width), Int(count * width)];
    gpu.launch("fill_rows", Grid::Each(count * width), arguments)?;
    Ok(rows)
}

/// Each of `count` rows += factor * row
pub fn add_to_rows<G: Gpu>(
    gpu: &G,
    rows: &mut G::Values,
    row: &G::Values,
    factor: f32,
    count: usize,
    width: usize,
) -> Result<(), G::Error> {
    gpu.launch("add_to_rows", Grid::Each(count * width), &mut [Out(rows), In(row), Float(factor), Int(width), Int(count * width)])
}

/// sums, from value `to` on, += the sum of `count` rows, which start at value `from`
pub fn add_column_sums<G: Gpu>(
    gpu: &G,
    (sums, to): (&mut G::Values, usize),
    (rows, from): (&G::Values, usize),
    count: usize,
    width: usize,
) -> Result<(), G::Error> {
    gpu.launch("add_column_sums", Grid::Rows(width), &mut [OutFrom(sums, to), InFrom(rows, from), Int(count), Int(width)])
}

/// A rows x columns matrix, transposed.
pub fn transposed<G: Gpu>(gpu: &G, matrix: &G::Values, rows: usize, columns: usize) -> Result<G::Values, G::Error> {
    let mut result = gpu.zeros(rows * columns)?;
    gpu.launch("transpose", Grid::Each(rows * columns), &mut [Out(&mut result), In(matrix), Int(rows), Int(columns)])?;
    Ok(result)
}

/// a b as a new matrix.
pub fn product<G: Gpu>(gpu: &G, a: Matrix<G>, b: Matrix<G>) -> Result<G::Values, G::Error> {
    let (rows, columns) = (a.shape().0, b.shape().1);
    let mut values = gpu.zeros(rows * columns)?;
    gpu.multiply(false, a, b, Target { values: &mut values, first: 0, row_stride: columns })?;
    Ok(values)
}

/// c += a b, c being a matrix of its own whose rows lie one after the other.
pub fn add_product<G: Gpu>(gpu: &G, a: Matrix<G>, b: Matrix<G>, c: &mut G::Values) -> Result<(), G::Error> {
    let row_stride = b.shape().1;
    gpu.multiply(true, a, b, Target { values: c, first: 0, row_stride })
}

/// Each of `count` rows to its softmax.
pub fn softmax<G: Gpu>(gpu: &G, rows: &mut G::Values, count: usize, width: usize) -> Result<(), G::Error> {
    gpu.launch("softmax_rows", Grid::Rows(count), &mut [Out(rows), Int(width)])
}

/// Each of `count` rows to its log-softmax.
pub fn log_softmax<G: Gpu>(gpu: &G, rows: &mut G::Values, count: usize, width: usize) -> Result<(), G::Error> {
    gpu.launch("log_softmax_rows", Grid::Rows(count), &mut [Out(rows), Int(width)])
}

/// Sum over the rows of -log softmax(row)\[gold\]; each row is left with the gradient, softmax(row) - onehot(gold).
pub fn nll_gradient<G: Gpu>(gpu: &G, rows: &mut G::Values, gold: &[u32], width: usize) -> Result<f64, G::Error> {
    let mut losses = gpu.zeros(gold.len())?;
    let tags = gpu.upload_indices(gold.to_vec())?;
    gpu.launch("nll_rows", Grid::Rows(gold.len()), &mut [Out(rows), Out(&mut losses), Indices(&tags), Int(width)])?;
    Ok(gpu.download(&losses)?.into_iter().take(gold.len()).map(f64::from).sum())
}

/// `count` rows of log-softmaxes to the gradient of their linear scores, given that of the log-softmaxes.
pub fn log_softmax_backward<G: Gpu>(
    gpu: &G,
    rows: &mut G::Values,
    gradients: &G::Values,
    count: usize,
    width: usize,
) -> Result<(), G::Error> {
    gpu.launch("log_softmax_backward_rows", Grid::Rows(count), &mut [Out(rows), In(gradients), Int(width)])
}
