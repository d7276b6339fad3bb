//! Single parts of the network by themselves, forward and backward, for measurements.

use crate::nn::buffers::{Buffer, Buffers, Rows};
use crate::nn::encoder::EncoderIds;
use crate::nn::init::Start;
use crate::nn::ops::crf::{self, Crf};
use crate::nn::parameter::{ParameterId, Parameters, slot};
use crate::nn::{Backend, Context, Error, Packing};
use crate::run::spec::{Hidden, Init, ModelSpec};
use dfdx::prelude::*;
use rand_core::Rng;
use std::rc::Rc;

/// Gradients of a network on a device.
pub type NetworkGradients<D> = Gradients<f32, D>;

/// The encoder without features or heads.
pub struct EncoderBench<D: Backend> {
    ids: EncoderIds,
    own: Own<D>,
}

/// A CRF without a network below it.
pub struct CrfBench<D: Backend> {
    ids: [ParameterId; 3],
    own: Own<D>,
}

/// Parameters, and their gradients between steps.
struct Own<D: Backend> {
    parameters: Parameters<D>,
    gradients: Option<NetworkGradients<D>>,
}

impl<D: Backend> Own<D> {
    /// Runs `forward` on a tape that starts at `x`, and the backward pass from its scalar; then clears the parameters' gradients.
    fn step(
        &mut self,
        x: Vec<f32>,
        shape: (usize, usize),
        forward: impl FnOnce(&Parameters<D>, Rows<D, OwnedTape<f32, D>>) -> Result<Tensor<Rank0, f32, D, OwnedTape<f32, D>>, D::Err>,
    ) -> Result<(), Error> {
        let p = &self.parameters;
        let gradients = self.gradients.take().unwrap_or_else(|| p.gradients());
        let mut gradients = (|| {
            let x = D::tensor(p.run(), D::upload(p.run(), x)?, shape)?;
            forward(p, x.traced(gradients))?.try_backward()
        })()
        .map_err(Error::device)?;
        for parameter in p.iter() {
            let cleared = p.run().zeros(parameter.len()).map_err(Error::device)?;
            *parameter.gradient(&mut gradients)? = cleared;
        }
        gradients.drop_non_leafs();
        self.gradients = Some(gradients);
        Ok(())
    }
}

impl<D: Backend> EncoderBench<D> {
    pub fn new(run: &Context<D>, layers: usize, hidden: usize, input: usize, rng: &mut impl Rng) -> Result<Self, Error> {
        let mut parameters = Parameters::new(run);
        let model = ModelSpec { layers, hidden: Hidden::Units(hidden), ..ModelSpec::default() };
        let ids = EncoderIds::new(&mut parameters, &model, hidden, input, &mut Start { init: Init::Pytorch, rng })?;
        Ok(Self { ids, own: Own { parameters, gradients: None } })
    }

    /// All gradients of the sum of v, x's (tokens x input) among them.
    pub fn step(&mut self, x: Vec<f32>, packing: &Rc<Packing>) -> Result<(), Error> {
        let ids = &self.ids;
        let shape = (packing.tokens(), x.len() / packing.tokens().max(1));
        self.own.step(x, shape, |p, x| {
            let v = ids.apply(p, x, packing, 0.0, None::<&mut rand_xoshiro::Xoshiro256PlusPlus>)?;
            sum(p.run(), v)
        })
    }
}

impl<D: Backend> CrfBench<D> {
    pub fn new(run: &Context<D>, tags: usize, rng: &mut impl Rng) -> Result<Self, Error> {
        let mut parameters = Parameters::new(run);
        let mut start = Start { init: Init::Pytorch, rng };
        let mut add = |name: &str, rows: usize| {
            let values = start.uniform(0.1 * 3f64.sqrt(), rows * tags);
            parameters.add(name, (rows, tags), values, false)
        };
        let ids = [add("transitions", tags)?, add("start", 1)?, add("end", 1)?];
        Ok(Self { ids, own: Own { parameters, gradients: None } })
    }

    /// All gradients of the loss of `gold`, those of the emissions (tokens x tags) among them.
    pub fn step(&mut self, emissions: Vec<f32>, packing: &Rc<Packing>, gold: &Rc<Vec<u32>>) -> Result<(), Error> {
        let ids = self.ids;
        let shape = (packing.tokens(), emissions.len() / packing.tokens().max(1));
        self.own.step(emissions, shape, |p, emissions| {
            let [transitions, start, end] = ids.map(|id| &p[id]);
            Ok(crf::loss(p.run(), emissions, packing, &Crf { transitions, start, end }, gold, 1.0)?.0)
        })
    }
}

/// The sum of all values as one tape entry: dfdx's own reduction costs as much as a layer.
#[allow(clippy::type_complexity)]
fn sum<D: Backend>(run: &Context<D>, v: Rows<D, OwnedTape<f32, D>>) -> Result<Tensor<Rank0, f32, D, OwnedTape<f32, D>>, D::Err> {
    let (v, mut tape) = v.split_tape();
    let values: Buffer<D> = D::read(run, &v)?;
    let total: Tensor<Rank0, f32, D> = run.device().try_tensor_from_vec(vec![D::download(run, &values)?.iter().sum()], ())?;
    let (gv, gt, run, len) = (slot(&v), slot(&total), run.clone(), v.shape().0 * v.shape().1);
    tape.add_backward_op(move |gradients| {
        let reaching = <D as Buffers>::download(&run, gt(gradients)?)?[0];
        let reached = D::upload(&run, vec![reaching; len])?;
        // v is the encoder's result, which nothing else reads.
        *gv(gradients)? = reached;
        Ok(())
    });
    Ok(total.put_tape(tape))
}
