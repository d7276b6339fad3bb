//! The encoder F: a stack of Bi-LSTM layers, or iterated dilated convolutions.

use super::Packing;
use super::backend::Backend;
use super::buffers::{Error, Rows};
use super::idcnn::Idcnn;
use super::init::Start;
use super::ops::dropout::{dropout, mask};
use super::ops::lstm::{Direction, bilstm};
use super::parameter::{ParameterId, Parameters};
use crate::run::spec::{Encoder, IdcnnSpec, ModelSpec};
use dfdx::prelude::*;
use rand_core::Rng;
use std::rc::Rc;

/// Which parameters the encoder has.
pub enum EncoderIds {
    /// One a layer, forward direction first: input, recurrent, bias.
    Bilstm(Vec<[[ParameterId; 3]; 2]>),
    Idcnn(Idcnn),
}

impl EncoderIds {
    /// Adds the parameters of an encoder that reads `width` values a token; a Bi-LSTM has `hidden` units a direction.
    pub fn new<D: Backend>(
        parameters: &mut Parameters<D>,
        model: &ModelSpec,
        hidden: usize,
        width: usize,
        start: &mut Start<impl Rng>,
    ) -> Result<Self, Error> {
        match model.encoder {
            Encoder::Bilstm => {
                let mut ids = Vec::with_capacity(model.layers);
                for layer in 0..model.layers {
                    let input = if layer == 0 { width } else { 2 * hidden };
                    let mut direction = |name: &str| -> Result<[ParameterId; 3], Error> {
                        let [x, r, b] = start.lstm(input, hidden);
                        let mut add = |what: &str, rows, values| {
                            parameters.add(format!("lstm.{layer}.{name}.{what}"), (rows, 4 * hidden), values, false)
                        };
                        Ok([add("input", input, x)?, add("recurrent", hidden, r)?, add("bias", 1, b)?])
                    };
                    ids.push([direction("forward")?, direction("backward")?]);
                }
                Ok(EncoderIds::Bilstm(ids))
            }
            Encoder::Idcnn => {
                let IdcnnSpec { filters, window, dilations, iterations } = &model.idcnn;
                Ok(EncoderIds::Idcnn(Idcnn::new(parameters, *filters, *window, dilations, *iterations, width, start)?))
            }
        }
    }

    /// v of every token; dropout between the layers where there is a generator.
    pub fn apply<D: Backend, T: Tape<f32, D>>(
        &self,
        p: &Parameters<D>,
        mut x: Rows<D, T>,
        packing: &Rc<Packing>,
        rate: f64,
        mut rng: Option<&mut impl Rng>,
    ) -> Result<Rows<D, T>, D::Err> {
        match self {
            EncoderIds::Idcnn(idcnn) => x = idcnn.apply(p, x, packing, rate, rng)?,
            EncoderIds::Bilstm(layers) => {
                for (layer, directions) in layers.iter().enumerate() {
                    if let Some(rng) = rng.as_mut().filter(|_| layer > 0) {
                        let len = x.shape().0 * x.shape().1;
                        x = dropout(p.run(), x, mask(*rng, rate, len))?;
                    }
                    let directions = directions.map(|[x, r, b]| Direction { input: &p[x], recurrent: &p[r], bias: &p[b] });
                    x = bilstm(p.run(), x, packing, directions)?;
                }
            }
        }
        Ok(x)
    }
}
