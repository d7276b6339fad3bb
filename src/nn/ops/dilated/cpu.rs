//! The dilated convolution on the CPU: each token's taps are gathered side by side, and the rest is one matrix product.

use super::{DilatedKernel, DilatedShape};
use crate::nn::Packing;
use crate::nn::buffers::{Buffer, Context};
use crate::nn::ops::multiply;
use crate::nn::ops::product::{Initial, Mat};
use dfdx::prelude::Cpu;

/// Left by the forward pass.
pub struct Saved {
    /// tokens x (window in)
    taps: Vec<f32>,
    /// tokens x out: y, whose zeros are where the rectifier lets no gradient through
    y: Vec<f32>,
}

impl DilatedKernel for Cpu {
    type Saved = Saved;

    fn dilated_forward(
        run: &Context<Self>,
        shape: DilatedShape,
        packing: &Packing,
        mut x: Buffer<Self>,
        weights: &Buffer<Self>,
        bias: &Buffer<Self>,
        keep: bool,
    ) -> Result<(Buffer<Self>, Option<Saved>), Self::Err> {
        let workspace = run.workspace();
        let scratch = &workspace.scratch;
        let (n, wide, out) = (packing.tokens(), shape.window * shape.input, shape.output);
        let mut taps = scratch.zeros(n * wide);
        for_each_tap(shape, packing, |tap, from| taps[tap..tap + shape.input].copy_from_slice(&x[from..from + shape.input]));
        scratch.give(std::mem::take(&mut *x));
        let mut y = scratch.any(n * out);
        let begin = Initial::Rows { data: bias, stride: 0 };
        multiply(workspace, begin, Mat::new(&taps, n, wide, wide), Mat::new(weights, wide, out, out), &mut y, out);
        // written so that what is not a number stays so
        y.iter_mut().for_each(|y| *y = if *y < 0.0 { 0.0 } else { *y });
        let saved = keep.then(|| {
            let mut copy = scratch.any(n * out);
            copy.copy_from_slice(&y);
            Saved { taps: std::mem::take(&mut taps), y: copy }
        });
        scratch.give(taps);
        let mut buffer = run.zeros(0)?;
        *buffer = y;
        Ok((buffer, saved))
    }

    fn dilated_backward(
        run: &Context<Self>,
        shape: DilatedShape,
        packing: &Packing,
        weights: &Buffer<Self>,
        saved: Saved,
        gy: &Buffer<Self>,
        gx: &mut Buffer<Self>,
        [gw, gb]: [&mut Buffer<Self>; 2],
    ) -> Result<(), Self::Err> {
        let workspace = run.workspace();
        let scratch = &workspace.scratch;
        let (n, wide, out) = (packing.tokens(), shape.window * shape.input, shape.output);
        let Saved { mut taps, y: mut dz } = saved;
        dz.iter_mut().zip(&gy[..]).for_each(|(y, g)| *y = if *y > 0.0 { *g } else { 0.0 });
        for row in dz.chunks_exact(out) {
            gb.iter_mut().zip(row).for_each(|(b, d)| *b += d);
        }
        let all = Mat::new(&dz, n, out, out);
        multiply(workspace, Initial::Result, Mat::new(&taps, n, wide, wide).t(), all, gw, out);
        // from here the taps hold their gradient
        multiply(workspace, Initial::Zero, all, Mat::new(weights, wide, out, out).t(), &mut taps, wide);
        for_each_tap(shape, packing, |tap, from| {
            gx[from..from + shape.input].iter_mut().zip(&taps[tap..]).for_each(|(x, d)| *x += d);
        });
        scratch.give(taps);
        scratch.give(dz);
        Ok(())
    }
}

/// Calls `f` with each tap's first place among the gathered taps (tokens x (window in)) and that of the token it reads (tokens x in);
/// taps beyond a sentence's ends are left out.
fn for_each_tap(shape: DilatedShape, packing: &Packing, mut f: impl FnMut(usize, usize)) {
    let DilatedShape { input, window, dilation, .. } = shape;
    for t in 0..packing.steps() {
        for tap in 0..window {
            let Some(step) = (t + tap * dilation).checked_sub(window / 2 * dilation) else { continue };
            for r in 0..packing.active(t).min(packing.active(step)) {
                f((packing.row(r, t) * window + tap) * input, packing.row(r, step) * input);
            }
        }
    }
}
