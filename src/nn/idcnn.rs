//! Iterated dilated convolutions (Strubell et al. 2017): a projection to the filters, then one block of dilated layers applied again and
//! again with the same parameters, each layer followed by a rectifier.
//!
//! The paper's loss averages over every application of the block; here v is the last one's output, as the tagger's heads read one v.

use super::Packing;
use super::backend::Backend;
use super::buffers::{Error, Rows};
use super::init::Start;
use super::ops::dilated::{Dilated, dilated};
use super::ops::dropout::{dropout, mask};
use super::parameter::{ParameterId, Parameters};
use dfdx::prelude::*;
use rand_core::Rng;
use std::rc::Rc;

/// The convolutions' parameters: weights and bias of each layer.
pub struct Idcnn {
    projection: [ParameterId; 2],
    /// Each with its dilation.
    block: Vec<([ParameterId; 2], usize)>,
    iterations: usize,
}

impl Idcnn {
    /// Adds the parameters of a projection from `width` values a token and of a block of one layer a dilation, `window` taps each; the
    /// block will be applied `iterations` times.
    #[allow(clippy::too_many_arguments)]
    pub fn new<D: Backend>(
        parameters: &mut Parameters<D>,
        filters: usize,
        window: usize,
        dilations: &[usize],
        iterations: usize,
        width: usize,
        start: &mut Start<impl Rng>,
    ) -> Result<Self, Error> {
        let mut layer = |name: &str, input: usize| -> Result<[ParameterId; 2], Error> {
            let (weights, bias) = (start.matrix(window * input, filters), start.bias(window * input, filters));
            Ok([
                parameters.add(format!("idcnn.{name}.weights"), (window * input, filters), weights, false)?,
                parameters.add(format!("idcnn.{name}.bias"), (1, filters), bias, false)?,
            ])
        };
        let projection = layer("projection", width)?;
        let block = dilations.iter().enumerate().map(|(i, d)| Ok((layer(&i.to_string(), filters)?, *d))).collect::<Result<_, Error>>()?;
        Ok(Self { projection, block, iterations })
    }

    /// v of every token, tokens x filters: the projection with dilation 1, then the block again and again; dropout before each
    /// application of the block where there is a generator.
    pub fn apply<D: Backend, T: Tape<f32, D>>(
        &self,
        p: &Parameters<D>,
        x: Rows<D, T>,
        packing: &Rc<Packing>,
        rate: f64,
        mut rng: Option<&mut impl Rng>,
    ) -> Result<Rows<D, T>, D::Err> {
        let layer = |x, [weights, bias]: [ParameterId; 2], dilation| {
            dilated(p.run(), x, packing, Dilated { weights: &p[weights], bias: &p[bias], dilation })
        };
        let mut v = layer(x, self.projection, 1)?;
        for _ in 0..self.iterations {
            if let Some(rng) = rng.as_mut() {
                let len = v.shape().0 * v.shape().1;
                v = dropout(p.run(), v, mask(*rng, rate, len))?;
            }
            for (ids, dilation) in &self.block {
                v = layer(v, *ids, *dilation)?;
            }
        }
        Ok(v)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::buffers::Context;
    use crate::run::spec::Init;
    use rand_core::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    /// The block's parameters are shared: their gradient is that of all applications, and only that many parameters exist.
    #[test]
    fn applications_of_the_block_share_its_parameters() {
        let run = Context::cpu(1);
        let mut p = Parameters::new(&run);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut start = Start { init: Init::Pytorch, rng: &mut rng };
        let idcnn = Idcnn::new(&mut p, 4, 3, &[1, 2], 3, 5, &mut start).unwrap();
        assert_eq!(p.count(), (15 * 4 + 4) + 2 * (12 * 4 + 4));
        let packing = Rc::new(Packing::new(&[6, 4, 1]));
        let x: Rows<Cpu> = run.device().sample_uniform_like(&(11, 5));
        let loss = |p: &Parameters<Cpu>| {
            let v = idcnn.apply(p, x.clone(), &packing, 0.0, None::<&mut Xoshiro256PlusPlus>).unwrap();
            assert_eq!(*v.shape(), (11, 4));
            v.as_vec().iter().map(|v| f64::from(*v)).sum::<f64>()
        };
        let v = idcnn.apply(&p, x.leaky_trace(), &packing, 0.0, None::<&mut Xoshiro256PlusPlus>).unwrap();
        let mut gradients = v.sum().backward();
        for id in [idcnn.projection[0], idcnn.block[0].0[0], idcnn.block[1].0[0], idcnn.block[1].0[1]] {
            let gradient = p[id].gradient(&mut gradients).unwrap().to_vec();
            for (i, got) in gradient.iter().enumerate() {
                let mut moved = |by: f32| {
                    p[id].value_mut().unwrap()[i] += by;
                    let loss = loss(&p);
                    p[id].value_mut().unwrap()[i] -= by;
                    loss
                };
                let step = 1.0 / 1024.0;
                let numeric = (moved(step) - moved(-step)) / f64::from(2.0 * step);
                assert!((numeric - f64::from(*got)).abs() < 0.02 * (1.0 + numeric.abs()), "{got}, not {numeric}");
            }
        }
    }

    #[test]
    fn dropout_comes_before_each_application() {
        let run = Context::cpu(1);
        let mut p = Parameters::new(&run);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let idcnn = Idcnn::new(&mut p, 4, 3, &[1], 2, 4, &mut Start { init: Init::Glorot, rng: &mut rng }).unwrap();
        let packing = Rc::new(Packing::new(&[6]));
        let x: Rows<Cpu> = run.device().sample_uniform_like(&(6, 4));
        // all is dropped and biases start at 0, so that nothing is left
        let v = idcnn.apply(&p, x, &packing, 1.0, Some(&mut rng)).unwrap();
        assert!(v.as_vec().iter().all(|v| *v == 0.0));
    }
}
