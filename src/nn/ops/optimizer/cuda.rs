//! The optimizers on a GPU. The sum of squares stays there until all parameters have added theirs, so that a step waits for it once.

use super::{AdamStep, SgdStep, TableRows};
use crate::nn::gpu::Argument::{Float, In, Indices, Int, Out};
use crate::nn::gpu::{Gpu, Grid};

/// Parts in which a sum of squares is made.
const PARTS: usize = 64;

/// Sums of squares to be added up.
pub struct Squares<G: Gpu>(G::Values);

pub fn no_squares<G: Gpu>(gpu: &G) -> Result<Squares<G>, G::Error> {
    Ok(Squares(gpu.zeros(PARTS)?))
}

/// Adds the squares of `n` values.
pub fn add_squares<G: Gpu>(gpu: &G, sum: &mut Squares<G>, values: &G::Values, n: usize) -> Result<(), G::Error> {
    gpu.launch("add_squares", Grid::Rows(PARTS), &mut [Out(&mut sum.0), In(values), Int(n)])
}

/// Adds the squares of some rows.
pub fn add_squares_of_rows<G: Gpu>(gpu: &G, sum: &mut Squares<G>, values: &G::Values, table: TableRows) -> Result<(), G::Error> {
    if table.rows.is_empty() {
        return Ok(());
    }
    let rows = gpu.upload_indices(table.rows.to_vec())?;
    let n = table.rows.len() * table.width;
    let arguments = &mut [Out(&mut sum.0), In(values), Indices(&rows), Int(table.width), Int(n)];
    gpu.launch("add_squares_of_rows", Grid::Rows(PARTS), arguments)
}

pub fn total<G: Gpu>(gpu: &G, sum: Squares<G>) -> Result<f64, G::Error> {
    Ok(gpu.download(&sum.0)?.into_iter().map(f64::from).sum())
}

/// One step over `n` values.
pub fn sgd<G: Gpu>(
    gpu: &G,
    step: SgdStep,
    parameter: &mut G::Values,
    velocity: &mut G::Values,
    gradient: &mut G::Values,
    n: usize,
) -> Result<(), G::Error> {
    let SgdStep { rate, momentum, scale } = step;
    let arguments = &mut [Out(parameter), Out(velocity), Out(gradient), Float(rate), Float(momentum), Float(scale), Int(n)];
    gpu.launch("sgd", Grid::Each(n), arguments)
}

/// One step over some rows.
pub fn sgd_rows<G: Gpu>(
    gpu: &G,
    step: SgdStep,
    table: TableRows,
    parameter: &mut G::Values,
    velocity: &mut G::Values,
    gradient: &mut G::Values,
) -> Result<(), G::Error> {
    if table.rows.is_empty() {
        return Ok(());
    }
    let SgdStep { rate, momentum, scale } = step;
    let rows = gpu.upload_indices(table.rows.to_vec())?;
    let n = table.rows.len() * table.width;
    let arguments = &mut [
        Out(parameter),
        Out(velocity),
        Out(gradient),
        Indices(&rows),
        Float(rate),
        Float(momentum),
        Float(scale),
        Int(table.width),
        Int(n),
    ];
    gpu.launch("sgd_rows", Grid::Each(n), arguments)
}

/// Row i of `table` goes through `missed[i]` steps of zero gradient.
pub fn sgd_catch_up<G: Gpu>(
    gpu: &G,
    step: SgdStep,
    table: TableRows,
    missed: &[u64],
    parameter: &mut G::Values,
    velocity: &mut G::Values,
) -> Result<(), G::Error> {
    let (mut rows, mut travelled, mut decay) = (Vec::new(), Vec::new(), Vec::new());
    for (row, missed) in table.rows.iter().zip(missed).filter(|(_, missed)| **missed > 0) {
        let (way, left) = step.coasted(*missed);
        rows.push(*row);
        travelled.push(way);
        decay.push(left);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let n = rows.len() * table.width;
    let (rows, travelled, decay) = (gpu.upload_indices(rows)?, gpu.upload(travelled)?, gpu.upload(decay)?);
    let arguments = &mut [Out(parameter), Out(velocity), Indices(&rows), In(&travelled), In(&decay), Int(table.width), Int(n)];
    gpu.launch("sgd_coast", Grid::Each(n), arguments)
}

/// One step over `n` values.
pub fn adam<G: Gpu>(
    gpu: &G,
    step: AdamStep,
    parameter: &mut G::Values,
    [first, second]: [&mut G::Values; 2],
    gradient: &mut G::Values,
    n: usize,
) -> Result<(), G::Error> {
    let [correction1, correction2] = step.corrections();
    let mut arguments = vec![Out(parameter), Out(first), Out(second), Out(gradient)];
    arguments.extend([step.rate, step.beta1, step.beta2, step.epsilon, step.scale, correction1, correction2].map(Float));
    arguments.push(Int(n));
    gpu.launch("adam", Grid::Each(n), &mut arguments)
}

#[cfg(feature = "cuda")]
mod device {
    use super::super::{AdamStep, OptimizerKernel, SgdStep, TableRows};
    use crate::nn::buffers::{Buffer, Context};
    use crate::nn::gpu::CudaGpu;
    use dfdx::prelude::{Cuda, Storage};

    impl OptimizerKernel for Cuda {
        type Squares = super::Squares<CudaGpu>;

        fn no_squares(run: &Context<Self>) -> Result<Self::Squares, Self::Err> {
            super::no_squares(run.workspace())
        }

        fn add_squares(run: &Context<Self>, sum: &mut Self::Squares, gradient: &Buffer<Self>) -> Result<(), Self::Err> {
            super::add_squares(run.workspace(), sum, gradient, run.device().len(gradient))
        }

        fn add_squares_of_rows(
            run: &Context<Self>,
            sum: &mut Self::Squares,
            gradient: &Buffer<Self>,
            rows: TableRows,
        ) -> Result<(), Self::Err> {
            super::add_squares_of_rows(run.workspace(), sum, gradient, rows)
        }

        fn total(run: &Context<Self>, sum: Self::Squares) -> Result<f64, Self::Err> {
            super::total(run.workspace(), sum)
        }

        fn sgd(
            run: &Context<Self>,
            step: SgdStep,
            parameter: &mut Buffer<Self>,
            velocity: &mut Buffer<Self>,
            gradient: &mut Buffer<Self>,
        ) -> Result<(), Self::Err> {
            let n = run.device().len(parameter);
            super::sgd(run.workspace(), step, parameter, velocity, gradient, n)
        }

        fn sgd_rows(
            run: &Context<Self>,
            step: SgdStep,
            rows: TableRows,
            parameter: &mut Buffer<Self>,
            velocity: &mut Buffer<Self>,
            gradient: &mut Buffer<Self>,
        ) -> Result<(), Self::Err> {
            super::sgd_rows(run.workspace(), step, rows, parameter, velocity, gradient)
        }

        fn sgd_catch_up(
            run: &Context<Self>,
            step: SgdStep,
            rows: TableRows,
            missed: &[u64],
            parameter: &mut Buffer<Self>,
            velocity: &mut Buffer<Self>,
        ) -> Result<(), Self::Err> {
            super::sgd_catch_up(run.workspace(), step, rows, missed, parameter, velocity)
        }

        fn adam(
            run: &Context<Self>,
            step: AdamStep,
            parameter: &mut Buffer<Self>,
            moments: [&mut Buffer<Self>; 2],
            gradient: &mut Buffer<Self>,
        ) -> Result<(), Self::Err> {
            let n = run.device().len(parameter);
            super::adam(run.workspace(), step, parameter, moments, gradient, n)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::OptimizerKernel;
    use super::*;
    use crate::nn::buffers::{Buffers, Context};
    use crate::nn::gpu::emulated::{EmulatedGpu, emulated};
    use crate::nn::ops::closeness::{close, numbers};
    use dfdx::prelude::Cpu;
    use std::convert::Infallible;

    const WIDTH: usize = 7;
    const ROWS: usize = 90;
    const N: usize = WIDTH * ROWS;
    const STEP: SgdStep = SgdStep { rate: 0.1, momentum: 0.9, scale: 0.75 };
    const ADAM: AdamStep = AdamStep { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, scale: 0.75, t: 3 };
    const TABLE: TableRows = TableRows { width: WIDTH, rows: &[3, 0, 89, 41] };

    /// Parameter, first and second moment, gradient.
    fn values() -> [Vec<f32>; 4] {
        let mut values = [1, 2, 3, 4].map(|seed| numbers(seed, N));
        values[2].iter_mut().for_each(|v| *v = v.abs());
        values
    }

    /// All four values after a step on the CPU and on the emulated GPU.
    fn agree(
        what: &str,
        on_cpu: impl Fn(&Context<Cpu>, &mut [crate::nn::buffers::Buffer<Cpu>; 4]),
        on_gpu: impl Fn(&EmulatedGpu, &mut [<EmulatedGpu as Gpu>::Values; 4]) -> Result<(), Infallible>,
    ) {
        let run = Context::cpu(1);
        let mut want = values().map(|v| Cpu::upload(&run, v).unwrap());
        on_cpu(&run, &mut want);
        let got = emulated(|gpu| {
            let [Ok(p), Ok(m), Ok(v), Ok(g)] = values().map(|v| gpu.upload(v));
            let mut values = [p, m, v, g];
            on_gpu(gpu, &mut values)?;
            values.iter().map(|v| gpu.download(v)).collect::<Result<Vec<_>, _>>()
        });
        for (got, want) in got.unwrap_or_default().iter().zip(&want) {
            close(what, got, want, 1e-6);
        }
    }

    #[test]
    fn steps_equal_the_cpu_s() {
        agree("sgd", |run, [p, v, _, g]| Cpu::sgd(run, STEP, p, v, g).unwrap(), |gpu, [p, v, _, g]| sgd(gpu, STEP, p, v, g, N));
        agree(
            "sgd_rows",
            |run, [p, v, _, g]| Cpu::sgd_rows(run, STEP, TABLE, p, v, g).unwrap(),
            |gpu, [p, v, _, g]| sgd_rows(gpu, STEP, TABLE, p, v, g),
        );
        let missed = [2, 0, 1, 500];
        agree(
            "sgd_catch_up",
            |run, [p, v, _, _]| Cpu::sgd_catch_up(run, STEP, TABLE, &missed, p, v).unwrap(),
            |gpu, [p, v, _, _]| sgd_catch_up(gpu, STEP, TABLE, &missed, p, v),
        );
        agree(
            "adam",
            |run, [p, m, v, g]| Cpu::adam(run, ADAM, p, [m, v], g).unwrap(),
            |gpu, [p, m, v, g]| adam(gpu, ADAM, p, [m, v], g, N),
        );
    }

    #[test]
    fn squares_are_summed_over_parameters_and_rows() {
        let values = numbers(1, 50_000);
        let got = emulated(|gpu| {
            let (mut sum, on_gpu) = (no_squares(gpu)?, gpu.upload(values.clone())?);
            add_squares(gpu, &mut sum, &on_gpu, values.len())?;
            add_squares_of_rows(gpu, &mut sum, &on_gpu, TABLE)?;
            add_squares(gpu, &mut sum, &on_gpu, 1)?;
            total(gpu, sum)
        });
        let square = |v: &[f32]| v.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let rows: f64 = TABLE.rows.iter().map(|r| square(&values[*r as usize * WIDTH..][..WIDTH])).sum();
        let want = square(&values) + rows + square(&values[..1]);
        assert!(got.is_none_or(|got| (got / want - 1.0).abs() < 1e-6), "{got:?}, not {want}");
    }
}
