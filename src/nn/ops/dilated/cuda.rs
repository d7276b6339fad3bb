//! The dilated convolution on a GPU, as on the CPU: taps gathered side by side, then one matrix product.

use super::DilatedShape;
use crate::nn::Packing;
use crate::nn::gpu::Argument::{In, Indices, Int, Out};
use crate::nn::gpu::{Forward, Gpu, Grid, Matrix, NONE, rows};

/// Left by the forward pass.
pub struct Saved<G: Gpu> {
    /// tokens x (window in)
    taps: G::Values,
    /// tokens x out: y, whose zeros are where the rectifier lets no gradient through
    y: G::Values,
}

/// Gives y, tokens x out, and with `keep` what the backward pass needs.
pub fn forward<G: Gpu>(
    gpu: &G,
    shape: DilatedShape,
    packing: &Packing,
    x: G::Values,
    weights: &G::Values,
    bias: &G::Values,
    keep: bool,
) -> Result<Forward<G, Saved<G>>, G::Error> {
    let (n, wide, out) = (packing.tokens(), shape.window * shape.input, shape.output);
    let sources = gpu.upload_indices(tap_rows(shape, packing, false))?;
    let mut taps = gpu.zeros(n * wide)?;
    let arguments = &mut [Out(&mut taps), In(&x), Indices(&sources), Int(shape.input), Int(n * wide)];
    gpu.launch("gather_taps", Grid::Each(n * wide), arguments)?;
    let mut y = rows::repeated(gpu, bias, 0, n, out)?;
    rows::add_product(gpu, Matrix::new(&taps, n, wide), Matrix::new(weights, wide, out), &mut y)?;
    gpu.launch("rectify", Grid::Each(n * out), &mut [Out(&mut y), Int(n * out)])?;
    let saved = if keep { Some(Saved { taps, y: gpu.copy(&y)? }) } else { None };
    Ok((y, saved))
}

/// Adds to the gradients of x, the weights and the bias.
#[allow(clippy::too_many_arguments)]
pub fn backward<G: Gpu>(
    gpu: &G,
    shape: DilatedShape,
    packing: &Packing,
    weights: &G::Values,
    saved: Saved<G>,
    gy: &G::Values,
    gx: &mut G::Values,
    [gw, gb]: [&mut G::Values; 2],
) -> Result<(), G::Error> {
    let (n, wide, out) = (packing.tokens(), shape.window * shape.input, shape.output);
    let Saved { taps, y: mut dz } = saved;
    gpu.launch("rectify_backward", Grid::Each(n * out), &mut [Out(&mut dz), In(gy), Int(n * out)])?;
    rows::add_column_sums(gpu, (gb, 0), (&dz, 0), n, out)?;
    let all = Matrix::new(&dz, n, out);
    rows::add_product(gpu, Matrix::new(&taps, n, wide).t(), all, gw)?;
    let g_taps = rows::product(gpu, all, Matrix::new(weights, wide, out).t())?;
    let readers = gpu.upload_indices(tap_rows(shape, packing, true))?;
    let len = n * shape.input;
    let arguments = &mut [Out(gx), In(&g_taps), Indices(&readers), Int(shape.window), Int(shape.input), Int(len)];
    gpu.launch("scatter_taps", Grid::Each(len), arguments)
}

/// For each token and tap the row that the tap reads; with `readers` the row whose tap reads the token. [`NONE`] beyond a sentence's ends.
fn tap_rows(shape: DilatedShape, packing: &Packing, readers: bool) -> Vec<u32> {
    let DilatedShape { window, dilation, .. } = shape;
    let mut rows = vec![NONE; packing.tokens() * window];
    for t in 0..packing.steps() {
        for tap in 0..window {
            let (ahead, back) = (tap * dilation, window / 2 * dilation);
            let (ahead, back) = if readers { (back, ahead) } else { (ahead, back) };
            let Some(step) = (t + ahead).checked_sub(back) else { continue };
            for r in 0..packing.active(t).min(packing.active(step)) {
                rows[packing.row(r, t) * window + tap] = packing.row(r, step) as u32;
            }
        }
    }
    rows
}

#[cfg(feature = "cuda")]
mod device {
    use super::super::{DilatedKernel, DilatedShape};
    use crate::nn::Packing;
    use crate::nn::buffers::{Buffer, Context};
    use crate::nn::gpu::CudaGpu;
    use dfdx::prelude::Cuda;

    impl DilatedKernel for Cuda {
        type Saved = super::Saved<CudaGpu>;

        fn dilated_forward(
            run: &Context<Self>,
            shape: DilatedShape,
            packing: &Packing,
            x: Buffer<Self>,
            weights: &Buffer<Self>,
            bias: &Buffer<Self>,
            keep: bool,
        ) -> Result<(Buffer<Self>, Option<Self::Saved>), Self::Err> {
            super::forward(run.workspace(), shape, packing, x, weights, bias, keep)
        }

        fn dilated_backward(
            run: &Context<Self>,
            shape: DilatedShape,
            packing: &Packing,
            weights: &Buffer<Self>,
            saved: Self::Saved,
            gy: &Buffer<Self>,
            gx: &mut Buffer<Self>,
            gradients: [&mut Buffer<Self>; 2],
        ) -> Result<(), Self::Err> {
            super::backward(run.workspace(), shape, packing, weights, saved, gy, gx, gradients)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DilatedKernel;
    use super::*;
    use crate::nn::buffers::{Buffers, Context};
    use crate::nn::gpu::emulated::emulated;
    use crate::nn::ops::closeness::{close, numbers};
    use dfdx::prelude::Cpu;

    #[test]
    fn equals_the_cpu_s() {
        let run = Context::cpu(1);
        let upload = |v: &[f32]| Cpu::upload(&run, v.to_vec()).unwrap();
        for (window, dilation, lengths) in [(3, 1, &[5, 3, 1][..]), (3, 2, &[7, 7, 2]), (5, 4, &[6]), (1, 1, &[2, 1]), (4, 3, &[9, 4])] {
            let shape = DilatedShape { input: 4, output: 5, window, dilation };
            let packing = Packing::new(lengths);
            let n = packing.tokens();
            let [x, w, b, gy] = [(1, n * 4), (2, window * 4 * 5), (3, 5), (4, n * 5)].map(|(seed, len)| numbers(seed, len));
            let mut g = [upload(&x), upload(&w), upload(&b)];
            let (y, saved) = Cpu::dilated_forward(&run, shape, &packing, upload(&x), &upload(&w), &upload(&b), true).unwrap();
            let [gx, gw, gb] = &mut g;
            Cpu::dilated_backward(&run, shape, &packing, &upload(&w), saved.unwrap(), &upload(&gy), gx, [gw, gb]).unwrap();
            let Some(got) = emulated(|gpu| {
                let (weights, bias) = (gpu.upload(w.clone())?, gpu.upload(b.clone())?);
                let (y, saved) = forward(gpu, shape, &packing, gpu.upload(x.clone())?, &weights, &bias, true)?;
                let [mut gx, mut gw, mut gb] = [gpu.upload(x.clone())?, gpu.upload(w.clone())?, gpu.upload(b.clone())?];
                let (saved, gy) = (saved.expect("kept"), gpu.upload(gy.clone())?);
                backward(gpu, shape, &packing, &weights, saved, &gy, &mut gx, [&mut gw, &mut gb])?;
                [y, gx, gw, gb].iter().map(|v| gpu.download(v)).collect::<Result<Vec<_>, _>>()
            }) else {
                return;
            };
            for ((what, got), want) in ["y", "gx", "gw", "gb"].iter().zip(got).zip([y].iter().chain(&g)) {
                close(what, &got, want, 1e-5);
            }
        }
    }
}
