//! How parameters start.

use crate::run::spec::Init;
use rand_core::Rng;

/// Draws starting values.
pub struct Start<'r, R: Rng> {
    pub init: Init,
    pub rng: &'r mut R,
}

impl<R: Rng> Start<'_, R> {
    /// `len` values, uniform in ±bound.
    pub fn uniform(&mut self, bound: f64, len: usize) -> Vec<f32> {
        uniform(self.rng, bound, len)
    }

    /// A matrix from `fan_in` to `fan_out` values.
    pub fn matrix(&mut self, fan_in: usize, fan_out: usize) -> Vec<f32> {
        self.part_of_matrix(fan_in, fan_out, fan_in * fan_out)
    }

    /// `len` values of such a matrix.
    pub fn part_of_matrix(&mut self, fan_in: usize, fan_out: usize, len: usize) -> Vec<f32> {
        let bound = match self.init {
            Init::Glorot => (6.0 / (fan_in + fan_out) as f64).sqrt(),
            Init::Pytorch => (1.0 / fan_in as f64).sqrt(),
        };
        self.uniform(bound, len)
    }

    /// The bias that goes with a matrix of `fan_in` inputs.
    pub fn bias(&mut self, fan_in: usize, len: usize) -> Vec<f32> {
        match self.init {
            Init::Glorot => vec![0.0; len],
            Init::Pytorch => self.uniform((1.0 / fan_in as f64).sqrt(), len),
        }
    }

    /// One direction of an LSTM layer: input (in x 4h), recurrent (h x 4h) and bias (4h), each gate drawn as a matrix of its own.
    pub fn lstm(&mut self, input: usize, h: usize) -> [Vec<f32>; 3] {
        match self.init {
            Init::Glorot => {
                let mut bias = vec![0.0; 4 * h];
                bias[h..2 * h].fill(1.0);
                [self.part_of_matrix(input, h, input * 4 * h), self.part_of_matrix(h, h, h * 4 * h), bias]
            }
            Init::Pytorch => [input * 4 * h, h * 4 * h, 4 * h].map(|len| self.uniform((1.0 / h as f64).sqrt(), len)),
        }
    }
}

/// `len` values, uniform in [-bound, bound), each from 24 random bits.
pub fn uniform(rng: &mut impl Rng, bound: f64, len: usize) -> Vec<f32> {
    let step = 2.0 * bound / f64::from(1u32 << 24);
    (0..len).map(|_| (f64::from(rng.next_u32() >> 8) * step - bound) as f32).collect()
}
