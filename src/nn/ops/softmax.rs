//! Softmax and its relatives over the rows of a matrix, in place.

use super::math::exp;
use crate::nn::isa::for_each_isa;

const LANES: usize = 16;

/// Greatest of the row. NaN may get lost here, but not in the sum of the exponentials.
#[inline(always)]
fn greatest(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for c in chunks {
        for j in 0..LANES {
            lanes[j] = if c[j] <= lanes[j] { lanes[j] } else { c[j] };
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |a, b| if *b <= a { a } else { *b })
}

/// Replaces the row by e^(x - max) and gives the sum.
#[inline(always)]
fn exp_sum<const F: bool>(row: &mut [f32], max: f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let mut chunks = row.chunks_exact_mut(LANES);
    for c in &mut chunks {
        for j in 0..LANES {
            c[j] = exp::<F>(c[j] - max);
            lanes[j] += c[j];
        }
    }
    let mut sum: f32 = lanes.iter().sum();
    for x in chunks.into_remainder() {
        *x = exp::<F>(*x - max);
        sum += *x;
    }
    sum
}

/// Sum of e^(x - max), the row left as it is.
#[inline(always)]
fn sum_of_exp<const F: bool>(row: &[f32], max: f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for c in chunks {
        for j in 0..LANES {
            lanes[j] += exp::<F>(c[j] - max);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|x| exp::<F>(*x - max)).sum::<f32>()
}

for_each_isa! {
    /// Each row (k wide) to its softmax.
    pub fn softmax<F>(k: usize, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(k) {
            let max = greatest(row);
            let scale = 1.0 / exp_sum::<F>(row, max);
            row.iter_mut().for_each(|x| *x *= scale);
        }
    }

    /// Each row (k wide) to its log-softmax.
    pub fn log_softmax<F>(k: usize, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(k) {
            let max = greatest(row);
            let shift = max + libm::logf(sum_of_exp::<F>(row, max));
            row.iter_mut().for_each(|x| *x -= shift);
        }
    }

    /// Sum over the rows of -log softmax(row)[gold]; each row is left with softmax(row) - onehot(gold), the loss's gradient.
    pub fn nll_gradient<F>(k: usize, rows: &mut [f32], gold: &[u32]) -> f64 {
        let mut loss = 0.0;
        for (row, gold) in rows.chunks_exact_mut(k).zip(gold) {
            let gold = *gold as usize;
            let (max, score) = (greatest(row), row[gold]);
            let sum = exp_sum::<F>(row, max);
            let scale = 1.0 / sum;
            row.iter_mut().for_each(|x| *x *= scale);
            row[gold] -= 1.0;
            loss += f64::from(libm::logf(sum)) + f64::from(max - score);
        }
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::isa::Isa;
    use crate::nn::ops::math::bits::noise;

    // python: import torch; x = torch.tensor([[1., -2., 0.5, 3.], [100., 99., -100., 0.]], requires_grad=True)
    // print(torch.softmax(x, 1), torch.log_softmax(x, 1)); l = torch.nn.functional.nll_loss(torch.log_softmax(x, 1), torch.tensor([2, 1]), reduction="sum"); l.backward(); print(l, x.grad)
    #[test]
    fn equals_pytorch() {
        let x = [1.0, -2.0, 0.5, 3.0, 100.0, 99.0, -100.0, 0.0];
        for isa in Isa::available() {
            let close = |got: &[f32], want: &[f32]| {
                for (g, w) in got.iter().zip(want) {
                    assert!((g - w).abs() <= 1e-6 * (1.0 + w.abs()), "{isa:?}: {got:?}, not {want:?}");
                }
            };
            let mut y = x;
            softmax(isa, 4, &mut y);
            close(&y, &[0.110_553_74, 0.005_504_147, 0.067_054_23, 0.816_887_8, 0.731_058_6, 0.268_941_43, 0.0, 0.0]);
            let mut y = x;
            log_softmax(isa, 4, &mut y);
            close(&y, &[-2.202_253_6, -5.202_253_3, -2.702_253_6, -0.202_253_5, -0.313_261_7, -1.313_261_6, -200.313_26, -100.313_26]);
            let mut y = x;
            let loss = nll_gradient(isa, 4, &mut y, &[2, 1]);
            assert!((loss - 4.015_515_3).abs() < 1e-5);
            close(&y, &[0.110_553_73, 0.005_504_148, -0.932_945_8, 0.816_887_86, 0.731_058_6, -0.731_058_6, 0.0, 0.0]);
        }
    }

    #[test]
    fn every_path_gives_the_same_bits() {
        for k in (1..70).chain([670]) {
            let rows: Vec<f32> = noise(k as u64, 3 * k).iter().map(|x| x * 30.0).collect();
            let all = |isa: Isa| {
                let mut kinds = [rows.clone(), rows.clone(), rows.clone()];
                softmax(isa, k, &mut kinds[0]);
                log_softmax(isa, k, &mut kinds[1]);
                let loss = nll_gradient(isa, k, &mut kinds[2], &[0, k as u32 / 2, k as u32 - 1]);
                (loss.to_bits(), kinds.concat().iter().map(|v| v.to_bits()).collect::<Vec<_>>())
            };
            for isa in Isa::available() {
                assert!(all(isa) == all(Isa::PORTABLE), "{} of {k}", isa.name());
            }
        }
    }
}
