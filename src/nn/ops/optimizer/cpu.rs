//! The optimizers' kernels on the CPU.

use super::{AdamStep, OptimizerKernel, SgdStep, TableRows};
use crate::nn::buffers::{Buffer, Context};
use crate::nn::isa::for_each_isa;
use crate::nn::ops::math::fma;
use dfdx::prelude::Cpu;

impl OptimizerKernel for Cpu {
    type Squares = f64;

    fn no_squares(_: &Context<Self>) -> Result<f64, Self::Err> {
        Ok(0.0)
    }

    fn add_squares(run: &Context<Self>, sum: &mut f64, gradient: &Buffer<Self>) -> Result<(), Self::Err> {
        *sum += squares(run.workspace().isa, gradient);
        Ok(())
    }

    fn add_squares_of_rows(run: &Context<Self>, sum: &mut f64, gradient: &Buffer<Self>, rows: TableRows) -> Result<(), Self::Err> {
        let isa = run.workspace().isa;
        *sum += rows.rows.iter().map(|r| squares(isa, &gradient[*r as usize * rows.width..][..rows.width])).sum::<f64>();
        Ok(())
    }

    fn total(_: &Context<Self>, sum: f64) -> Result<f64, Self::Err> {
        Ok(sum)
    }

    fn sgd(
        run: &Context<Self>,
        step: SgdStep,
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err> {
        sgd(run.workspace().isa, step, parameter, velocity, gradient);
        Ok(())
    }

    fn sgd_rows(
        run: &Context<Self>,
        step: SgdStep,
        rows: TableRows,
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err> {
        for r in rows.rows {
            let at = *r as usize * rows.width..(*r as usize + 1) * rows.width;
            sgd(run.workspace().isa, step, &mut parameter[at.clone()], &mut velocity[at.clone()], &mut gradient[at]);
        }
        Ok(())
    }

    fn sgd_catch_up(
        run: &Context<Self>,
        step: SgdStep,
        rows: TableRows,
        missed: &[u64],
        parameter: &mut Buffer<Self>,
        velocity: &mut Buffer<Self>,
    ) -> Result<(), Self::Err> {
        for (r, missed) in rows.rows.iter().zip(missed) {
            if *missed == 0 {
                continue;
            }
            let (travelled, decay) = step.coasted(*missed);
            let at = *r as usize * rows.width..(*r as usize + 1) * rows.width;
            coast(run.workspace().isa, travelled, decay, &mut parameter[at.clone()], &mut velocity[at]);
        }
        Ok(())
    }

    fn adam(
        run: &Context<Self>,
        step: AdamStep,
        parameter: &mut Buffer<Self>,
        [first, second]: [&mut Buffer<Self>; 2],
        gradient: &mut Buffer<Self>,
    ) -> Result<(), Self::Err> {
        adam(run.workspace().isa, step, step.corrections(), parameter, first, second, gradient);
        Ok(())
    }
}

for_each_isa! {
    fn squares<F>(values: &[f32]) -> f64 {
        let mut lanes = [0.0f32; 16];
        let mut total = 0.0f64;
        // Sums of a few thousand squares in f32, those sums in f64.
        for block in values.chunks(16 * 256) {
            lanes.fill(0.0);
            let chunks = block.chunks_exact(16);
            let rest = chunks.remainder();
            for c in chunks {
                for j in 0..16 {
                    lanes[j] = fma::<F>(c[j], c[j], lanes[j]);
                }
            }
            total += lanes.iter().chain(&[rest.iter().map(|v| v * v).sum::<f32>()]).map(|v| f64::from(*v)).sum::<f64>();
        }
        total
    }

    fn sgd<F>(step: SgdStep, parameter: &mut [f32], velocity: &mut [f32], gradient: &mut [f32]) {
        for ((p, v), g) in parameter.iter_mut().zip(velocity).zip(gradient) {
            *v = fma::<F>(step.momentum, *v, step.scale * *g);
            *p = fma::<F>(-step.rate, *v, *p);
            *g = 0.0;
        }
    }

    fn coast<F>(travelled: f32, decay: f32, parameter: &mut [f32], velocity: &mut [f32]) {
        for (p, v) in parameter.iter_mut().zip(velocity) {
            *p = fma::<F>(-travelled, *v, *p);
            *v *= decay;
        }
    }

    fn adam<F>(step: AdamStep, corrections: [f32; 2], parameter: &mut [f32], first: &mut [f32], second: &mut [f32], gradient: &mut [f32]) {
        for (((p, m), v), g) in parameter.iter_mut().zip(first).zip(second).zip(gradient) {
            let scaled = step.scale * *g;
            *m = fma::<F>(step.beta1, *m, (1.0 - step.beta1) * scaled);
            *v = fma::<F>(step.beta2, *v, (1.0 - step.beta2) * scaled * scaled);
            *p -= step.rate * (*m / corrections[0]) / ((*v / corrections[1]).sqrt() + step.epsilon);
            *g = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::isa::Isa;
    use crate::nn::ops::math::bits::noise;

    #[test]
    fn every_path_gives_the_same_bits() {
        for len in [1, 15, 16, 17, 100, 16 * 256 + 5, 20_000] {
            let all = |isa: Isa| {
                let mut values: Vec<Vec<f32>> = (0..8).map(|i| noise(i, len)).collect();
                let [p, q, v, m1, m2, g, h, _] = &mut values[..] else { unreachable!() };
                let norm = squares(isa, g);
                let step = SgdStep { rate: 0.013, momentum: 0.9, scale: 0.7 };
                m2.iter_mut().for_each(|v| *v = v.abs());
                sgd(isa, step, p, v, g);
                let (travelled, decay) = step.coasted(17);
                coast(isa, travelled, decay, p, v);
                let step = AdamStep { rate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, scale: 0.7, t: 5 };
                adam(isa, step, step.corrections(), q, m1, m2, h);
                (norm.to_bits(), values.concat().iter().map(|v| v.to_bits()).collect::<Vec<_>>())
            };
            for isa in Isa::available() {
                assert!(all(isa) == all(Isa::PORTABLE), "{} of {len}", isa.name());
            }
        }
    }
}
