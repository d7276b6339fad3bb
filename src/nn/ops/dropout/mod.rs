//! Dropout (Srivastava et al. 2014): values are dropped with probability p and the rest scaled by 1 / (1 - p), so that nothing changes
//! at prediction.

mod cpu;
#[cfg(any(test, feature = "cuda"))]
mod cuda;

use crate::nn::buffers::{Buffer, Buffers, Context, Rows};
use crate::nn::parameter::{slot, with_gradients};
use dfdx::prelude::*;
use rand_core::Rng;

/// The kernels of dropout.
pub trait DropoutKernel: Buffers {
    /// x *= mask
    fn scale(run: &Context<Self>, x: &mut Buffer<Self>, mask: &Buffer<Self>) -> Result<(), Self::Err>;

    /// gx += gy * mask
    fn scale_add(run: &Context<Self>, gx: &mut Buffer<Self>, gy: &Buffer<Self>, mask: &Buffer<Self>) -> Result<(), Self::Err>;
}

/// `len` factors: 0 with probability `rate`, else 1 / (1 - rate). The probability is met to 1/65,536.
pub fn mask(rng: &mut impl Rng, rate: f64, len: usize) -> Vec<f32> {
    let dropped = (rate * 65_536.0).round() as u64;
    let kept = (1.0 / (1.0 - rate)) as f32;
    let mut factors = Vec::with_capacity(len + 3);
    while factors.len() < len {
        let bits = rng.next_u64();
        factors.extend((0..4).map(|lane| if (bits >> (16 * lane)) & 0xFFFF < dropped { 0.0 } else { kept }));
    }
    factors.truncate(len);
    factors
}

/// y = x * mask, elementwise; the mask has as many values as x.
pub fn dropout<D: DropoutKernel, T: Tape<f32, D>>(run: &Context<D>, x: Rows<D, T>, mask: Vec<f32>) -> Result<Rows<D, T>, D::Err> {
    let (x, mut tape) = x.split_tape();
    let mask = D::upload(run, mask)?;
    let mut values = D::read(run, &x)?;
    D::scale(run, &mut values, &mask)?;
    let y = D::tensor(run, values, *x.shape())?;
    if T::OWNS_TAPE {
        let (gx, gy, run) = (slot(&x), slot(&y), run.clone());
        tape.add_backward_op(move |gradients| with_gradients(&run, gradients, [&gx, &gy], |[gx, gy]| D::scale_add(&run, gx, gy, &mask)));
    }
    Ok(y.put_tape(tape))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn a_mask_keeps_the_mean_and_is_the_seed_s() {
        let masks = [0.5, 0.1].map(|rate| mask(&mut Xoshiro256PlusPlus::seed_from_u64(3), rate, 100_001));
        for (m, rate) in masks.iter().zip([0.5f64, 0.1]) {
            let mean = m.iter().sum::<f32>() / m.len() as f32;
            assert!((mean - 1.0).abs() < 0.01, "mean {mean} at rate {rate}");
            let kept = (1.0 / (1.0 - rate)) as f32;
            assert!(m.iter().all(|v| *v == 0.0 || *v == kept));
        }
        assert_eq!(masks[0], mask(&mut Xoshiro256PlusPlus::seed_from_u64(3), 0.5, 100_001));
    }

    #[test]
    fn forward_and_gradient_are_scaled_alike() {
        let run = Context::cpu(1);
        let x: Rows<Cpu> = run.device().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, 2));
        let y = dropout(&run, x.leaky_trace(), vec![0.0, 2.0, 2.0, 0.0]).unwrap();
        assert_eq!(y.as_vec(), [0.0, 4.0, 6.0, 0.0]);
        let gradients = (y.square().sum()).backward();
        assert_eq!(gradients.get(&x).as_vec(), [0.0, 16.0, 24.0, 0.0]);
    }
}
