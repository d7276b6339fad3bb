//! The Bi-LSTM layer on a GPU: the inputs' products for all steps at once, then one launch a step for both directions.

use super::LayerShape;
use crate::nn::Packing;
use crate::nn::gpu::Argument::{In, Indices, Int, Out, OutFrom};
use crate::nn::gpu::{Forward, Gpu, Grid, Matrix, NONE, Target, rows};

/// One direction's parameters: input, recurrent, bias.
pub type Values<'a, G> = [&'a <G as Gpu>::Values; 3];
/// Their gradients.
pub type ValueGradients<'a, G> = [&'a mut <G as Gpu>::Values; 3];

/// Left by the forward pass.
pub struct Saved<G: Gpu> {
    /// tokens x in
    x: G::Values,
    /// 2 x tokens x 4h: the gates after their activation
    gates: G::Values,
    /// 2 x tokens x h, all three: c, tanh c, and the state before each token
    cells: G::Values,
    cell_tanhs: G::Values,
    previous: G::Values,
}

/// Gives v, tokens x 2h, and with `keep` what the backward pass needs.
pub fn forward<G: Gpu>(
    gpu: &G,
    shape: LayerShape,
    packing: &Packing,
    x: G::Values,
    weights: [Values<G>; 2],
    keep: bool,
) -> Result<Forward<G, Saved<G>>, G::Error> {
    let (n, h, input) = (packing.tokens(), shape.hidden, shape.input);
    let mut gates = gpu.zeros(2 * n * 4 * h)?;
    for (direction, &[wx, _, bias]) in weights.iter().enumerate() {
        let first = direction * n * 4 * h;
        let all = n * 4 * h;
        gpu.launch("fill_rows", Grid::Each(all), &mut [OutFrom(&mut gates, first), In(bias), Int(4 * h), Int(all)])?;
        let z = Target { values: &mut gates, first, row_stride: 4 * h };
        gpu.multiply(true, Matrix::new(&x, n, input), Matrix::new(wx, input, 4 * h), z)?;
    }
    let (mut cells, mut cell_tanhs, mut v) = (gpu.zeros(2 * n * h)?, gpu.zeros(2 * n * h)?, gpu.zeros(n * 2 * h)?);
    let [[_, recurrent0, _], [_, recurrent1, _]] = weights;
    for s in 0..packing.steps() {
        let [a, b] = steps_at(packing, s);
        let mut arguments =
            vec![Out(&mut gates), Out(&mut cells), Out(&mut cell_tanhs), Out(&mut v), In(recurrent0), In(recurrent1), Int(n), Int(h)];
        for at in [a, b] {
            arguments.extend([at.row, at.alive, at.before, at.continuing].map(Int));
        }
        gpu.launch("lstm_step", Grid::Each((a.alive + b.alive) * h), &mut arguments)?;
    }
    if !keep {
        return Ok((v, None));
    }
    let before = gpu.upload_indices(rows_before(packing))?;
    let mut previous = gpu.zeros(2 * n * h)?;
    let arguments = &mut [Out(&mut previous), In(&v), Indices(&before), Int(n), Int(h)];
    gpu.launch("lstm_previous", Grid::Each(2 * n * h), arguments)?;
    Ok((v, Some(Saved { x, gates, cells, cell_tanhs, previous })))
}

/// Adds to the gradients of x and of the parameters.
#[allow(clippy::too_many_arguments)]
pub fn backward<G: Gpu>(
    gpu: &G,
    shape: LayerShape,
    packing: &Packing,
    weights: [Values<G>; 2],
    saved: Saved<G>,
    gv: &G::Values,
    gx: &mut G::Values,
    gradients: [ValueGradients<G>; 2],
) -> Result<(), G::Error> {
    let (n, h, input, sentences) = (packing.tokens(), shape.hidden, shape.input, packing.sentences());
    let Saved { x, mut gates, cells, cell_tanhs, previous } = saved;
    let [[_, recurrent0, _], [_, recurrent1, _]] = weights;
    let transposed0 = rows::transposed(gpu, recurrent0, h, 4 * h)?;
    let transposed1 = rows::transposed(gpu, recurrent1, h, 4 * h)?;
    let mut carried = gpu.zeros(2 * sentences * h)?;
    for s in (0..packing.steps()).rev() {
        let [a, b] = steps_at(packing, s);
        let mut arguments = vec![
            Out(&mut gates),
            Out(&mut carried),
            In(&cells),
            In(&cell_tanhs),
            In(gv),
            In(&transposed0),
            In(&transposed1),
            Int(n),
            Int(sentences),
            Int(h),
        ];
        for at in [a, b] {
            arguments.extend([at.row, at.alive, at.before, at.continuing, at.after, at.going_on].map(Int));
        }
        gpu.launch("lstm_step_backward", Grid::Each((a.alive + b.alive) * h), &mut arguments)?;
    }
    // From here the gates hold dz.
    for (direction, ([wx, _, _], [gwx, gwh, gb])) in weights.into_iter().zip(gradients).enumerate() {
        let first = direction * n * 4 * h;
        let dz = Matrix::new(&gates, n, 4 * h).from(first);
        rows::add_product(gpu, dz, Matrix::new(wx, input, 4 * h).t(), gx)?;
        rows::add_product(gpu, Matrix::new(&x, n, input).t(), dz, gwx)?;
        rows::add_product(gpu, Matrix::new(&previous, n, h).from(direction * n * h).t(), dz, gwh)?;
        rows::add_column_sums(gpu, (gb, 0), (&gates, first), n, 4 * h)?;
    }
    Ok(())
}

/// Where a direction is at one of its steps; the kernels' `Step`.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    row: usize,
    alive: usize,
    before: usize,
    continuing: usize,
    after: usize,
    going_on: usize,
}

/// Both directions at the `s`-th step that each reads.
fn steps_at(packing: &Packing, s: usize) -> [Step; 2] {
    [(s, false), (packing.steps() - 1 - s, true)].map(|(t, reverse)| {
        let (before, continuing) = neighbour(packing, t, reverse);
        let (after, going_on) = neighbour(packing, t, !reverse);
        Step { row: packing.offset(t), alive: packing.active(t), before, continuing, after, going_on }
    })
}

/// First row of the step before `t`, or with `behind` of the one behind it, and how many sentences have both.
fn neighbour(packing: &Packing, t: usize, behind: bool) -> (usize, usize) {
    let other = if behind { Some(t + 1) } else { t.checked_sub(1) };
    match other.filter(|other| *other < packing.steps()) {
        Some(other) => (packing.offset(other), packing.active(other).min(packing.active(t))),
        None => (0, 0),
    }
}

/// For each direction and row, the row that the direction reads before it.
fn rows_before(packing: &Packing) -> Vec<u32> {
    let mut rows = Vec::with_capacity(2 * packing.tokens());
    for reverse in [false, true] {
        for t in 0..packing.steps() {
            let (before, continuing) = neighbour(packing, t, reverse);
            rows.extend((0..packing.active(t)).map(|r| if r < continuing { (before + r) as u32 } else { NONE }));
        }
    }
    rows
}

#[cfg(feature = "cuda")]
mod device {
    use super::super::{LayerShape, LstmKernel, WeightGradients, Weights};
    use crate::nn::Packing;
    use crate::nn::buffers::{Buffer, Context, Forward};
    use crate::nn::gpu::CudaGpu;
    use dfdx::prelude::Cuda;

    fn values<'a>(weights: [Weights<'a, Cuda>; 2]) -> [super::Values<'a, CudaGpu>; 2] {
        weights.map(|w| [w.input, w.recurrent, w.bias])
    }

    impl LstmKernel for Cuda {
        type Saved = super::Saved<CudaGpu>;

        fn lstm_forward(
            run: &Context<Self>,
            shape: LayerShape,
            packing: &Packing,
            x: Buffer<Self>,
            weights: [Weights<Self>; 2],
            keep: bool,
        ) -> Result<Forward<Self, Self::Saved>, Self::Err> {
            super::forward(run.workspace(), shape, packing, x, values(weights), keep)
        }

        fn lstm_backward(
            run: &Context<Self>,
            shape: LayerShape,
            packing: &Packing,
            weights: [Weights<Self>; 2],
            saved: Self::Saved,
            gv: &Buffer<Self>,
            gx: &mut Buffer<Self>,
            gradients: [WeightGradients<Self>; 2],
        ) -> Result<(), Self::Err> {
            let gradients = gradients.map(|g| [g.input, g.recurrent, g.bias]);
            super::backward(run.workspace(), shape, packing, values(weights), saved, gv, gx, gradients)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LayerShape, LstmKernel, WeightGradients, Weights};
    use super::*;
    use crate::nn::buffers::{Buffers, Context};
    use crate::nn::gpu::emulated::emulated;
    use crate::nn::ops::closeness::{close, numbers};
    use dfdx::prelude::Cpu;

    /// v, and the gradients of x and of all parameters, forward direction first.
    fn on_cpu(shape: LayerShape, packing: &Packing, x: &[f32], w: &[Vec<f32>; 6], gv: &[f32]) -> Vec<Vec<f32>> {
        let run = Context::cpu(1);
        let upload = |v: &[f32]| Cpu::upload(&run, v.to_vec()).unwrap();
        let buffers = w.each_ref().map(|w| upload(w));
        let weights = || [0, 3].map(|d| Weights::<Cpu> { input: &buffers[d], recurrent: &buffers[d + 1], bias: &buffers[d + 2] });
        let (v, saved) = Cpu::lstm_forward(&run, shape, packing, upload(x), weights(), true).unwrap();
        let mut gx = upload(&vec![0.5; x.len()]);
        let mut gradients = w.each_ref().map(|w| upload(&vec![0.25; w.len()]));
        let [a, b, c, d, e, f] = &mut gradients;
        let both = [[a, b, c], [d, e, f]].map(|[input, recurrent, bias]| WeightGradients::<Cpu> { input, recurrent, bias });
        Cpu::lstm_backward(&run, shape, packing, weights(), saved.unwrap(), &upload(gv), &mut gx, both).unwrap();
        [v, gx].into_iter().chain(gradients).map(|b| b.to_vec()).collect()
    }

    #[test]
    fn equals_the_cpu_s() {
        for (case, (input, hidden, lengths)) in
            [(3, 2, &[4, 2, 2, 1][..]), (1, 1, &[1]), (5, 7, &[6]), (4, 3, &[3, 3, 3]), (20, 33, &[9, 8, 3, 1, 1])].into_iter().enumerate()
        {
            let shape = LayerShape { input, hidden };
            let packing = Packing::new(lengths);
            let (n, g, mut seed) = (packing.tokens(), 4 * hidden, case as u32 * 10);
            let mut take = |len: usize| {
                seed += 1;
                numbers(seed, len)
            };
            let (x, gv) = (take(n * input), take(n * 2 * hidden));
            let w = [input * g, hidden * g, g, input * g, hidden * g, g].map(&mut take);
            let Some(got) = emulated(|gpu| {
                let buffers = [0, 1, 2, 3, 4, 5].map(|i| gpu.upload(w[i].clone()).unwrap_or_else(|never| match never {}));
                let weights = || [[&buffers[0], &buffers[1], &buffers[2]], [&buffers[3], &buffers[4], &buffers[5]]];
                let (v, saved) = forward(gpu, shape, &packing, gpu.upload(x.clone())?, weights(), true)?;
                let mut gx = gpu.upload(vec![0.5; x.len()])?;
                let mut gradients = [0, 1, 2, 3, 4, 5].map(|i| gpu.upload(vec![0.25; w[i].len()]).unwrap_or_else(|never| match never {}));
                let [a, b, c, d, e, f] = &mut gradients;
                let saved = saved.expect("kept");
                backward(gpu, shape, &packing, weights(), saved, &gpu.upload(gv.clone())?, &mut gx, [[a, b, c], [d, e, f]])?;
                [v, gx].iter().chain(&gradients).map(|b| gpu.download(b)).collect::<Result<Vec<_>, _>>()
            }) else {
                return;
            };
            let names = ["v", "gx", "g forward input", "g recurrent", "g bias", "g backward input", "g recurrent", "g bias"];
            for ((name, got), want) in names.iter().zip(got).zip(on_cpu(shape, &packing, &x, &w, &gv)) {
                close(&format!("case {case}: {name}"), &got, &want, 1e-5);
            }
        }
    }

    #[test]
    fn a_prediction_keeps_nothing() {
        let kept = emulated(|gpu| {
            let buffers = [(1, 8), (2, 8), (1, 8)].map(|(a, b)| gpu.zeros(a * b).unwrap_or_else(|never| match never {}));
            let [x, r, b] = &buffers;
            let shape = LayerShape { input: 1, hidden: 2 };
            Ok(forward(gpu, shape, &Packing::new(&[2]), gpu.zeros(2)?, [[x, r, b], [x, r, b]], false)?.1.is_some())
        });
        assert_ne!(kept, Some(true));
    }
}
