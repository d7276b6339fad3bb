//! Momentum SGD and Adam over a network's parameters, with clipping by the global norm.
//!
//! Of the word table only the rows of the batch are touched. For momentum SGD that is exact: a row that goes without gradient for k steps
//! coasts, v -> momentum^k v, and moves by rate v (momentum + ... + momentum^k); it catches up before it is read again.

use super::TrainError;
use crate::nn::Backend;
use crate::nn::buffers::{Buffer, Context};
use crate::nn::ops::optimizer::{AdamStep, SgdStep, TableRows};
use crate::nn::parameter::{Parameter, ParameterId, Parameters};
use dfdx::prelude::Gradients;

/// The rule by which parameters change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum UpdateRule {
    Sgd {
        momentum: f32,
    },
    /// beta 0.9 and 0.999, epsilon 1e-8
    Adam,
}

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// What the optimizer keeps of one parameter.
struct State<D: Backend> {
    /// Velocity; or the first and the second moment.
    moments: Vec<Buffer<D>>,
    /// Steps this parameter has made (a task's own parameters rest in another task's steps).
    steps: u64,
    /// Of a table under SGD: the step up to which each row is caught up.
    caught_up: Vec<u64>,
}

/// An optimizer and its state.
pub struct Optimizer<D: Backend> {
    run: Context<D>,
    rule: UpdateRule,
    clip: Option<f64>,
    states: Vec<State<D>>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stepped {
    /// Norm of the whole gradient before clipping.
    pub norm: f64,
    pub clipped: bool,
}

impl<D: Backend> Optimizer<D> {
    pub fn new(parameters: &Parameters<D>, rule: UpdateRule, clip: Option<f64>) -> Result<Self, TrainError> {
        let run = parameters.run().clone();
        let count = if rule == UpdateRule::Adam { 2 } else { 1 };
        let mut states = Vec::new();
        for p in parameters.iter() {
            let moments = (0..count).map(|_| run.zeros(p.len()).map_err(crate::nn::Error::device)).collect::<Result<_, _>>()?;
            let caught_up = if p.table && rule != UpdateRule::Adam { vec![0; p.rows] } else { Vec::new() };
            states.push(State { moments, steps: 0, caught_up });
        }
        Ok(Self { run, rule, clip, states })
    }

    /// Brings the rows that a batch will read up to now.
    pub fn prepare(&mut self, parameters: &mut Parameters<D>, rows: &[u32], rate: f32) -> Result<(), TrainError> {
        let UpdateRule::Sgd { momentum } = self.rule else { return Ok(()) };
        for (p, state) in parameters.iter_mut().zip(&mut self.states) {
            if p.table {
                catch_up(&self.run, p, state, rows, SgdStep { rate, momentum, scale: 1.0 })?;
            }
        }
        Ok(())
    }

    /// Brings every row up to now: before parameters are scored or written, and before the rate changes.
    pub fn flush(&mut self, parameters: &mut Parameters<D>, rate: f32) -> Result<(), TrainError> {
        let UpdateRule::Sgd { momentum } = self.rule else { return Ok(()) };
        for (p, state) in parameters.iter_mut().zip(&mut self.states) {
            if p.table {
                let rows: Vec<u32> = (0..p.rows as u32).collect();
                catch_up(&self.run, p, state, &rows, SgdStep { rate, momentum, scale: 1.0 })?;
            }
        }
        Ok(())
    }

    /// One step over the parameters that `active` names; `rows` are the table rows that have a gradient. Leaves all gradients zero.
    pub fn step(
        &mut self,
        parameters: &mut Parameters<D>,
        gradients: &mut Gradients<f32, D>,
        rows: &[u32],
        rate: f32,
        active: impl Fn(ParameterId) -> bool,
    ) -> Result<Stepped, TrainError> {
        let run = &self.run;
        let device = crate::nn::Error::device;
        let lazy = self.rule != UpdateRule::Adam;
        let mut squares = D::no_squares(run).map_err(device)?;
        for (i, p) in parameters.iter().enumerate() {
            if !active(ParameterId(i)) {
                continue;
            }
            let g = p.gradient(gradients)?;
            match p.table {
                true => D::add_squares_of_rows(run, &mut squares, g, TableRows { width: p.columns, rows }),
                false => D::add_squares(run, &mut squares, g),
            }
            .map_err(device)?;
        }
        let norm = D::total(run, squares).map_err(device)?.sqrt();
        let (scale, clipped) = match self.clip {
            Some(limit) if norm > limit => ((limit / norm) as f32, true),
            _ => (1.0, false),
        };
        for (i, (p, state)) in parameters.iter_mut().zip(&mut self.states).enumerate() {
            if !active(ParameterId(i)) {
                continue;
            }
            state.steps += 1;
            let table = TableRows { width: p.columns, rows };
            let is_table = p.table;
            let mut gradient = std::mem::replace(p.gradient(gradients)?, run.zeros(1).map_err(device)?);
            let value = p.value_mut()?;
            match (self.rule, &mut state.moments[..]) {
                (UpdateRule::Sgd { momentum }, [velocity]) => {
                    let step = SgdStep { rate, momentum, scale };
                    if is_table {
                        D::sgd_rows(run, step, table, value, velocity, &mut gradient)
                    } else {
                        D::sgd(run, step, value, velocity, &mut gradient)
                    }
                }
                (UpdateRule::Adam, [first, second]) => {
                    let step = AdamStep { rate, beta1: BETA1, beta2: BETA2, epsilon: EPSILON, scale, t: state.steps };
                    D::adam(run, step, value, [first, second], &mut gradient)
                }
                _ => Ok(()),
            }
            .map_err(device)?;
            if is_table && lazy {
                rows.iter().for_each(|r| state.caught_up[*r as usize] = state.steps);
            }
            *p.gradient(gradients)? = gradient;
        }
        Ok(Stepped { norm, clipped })
    }

    /// What a saved state calls the steps that the rows of a table have seen.
    pub fn caught_up_name(parameter: &str) -> String {
        format!("optimizer.{parameter}.caught_up")
    }

    /// The state as named values, for a checkpoint.
    pub fn save(&self, parameters: &Parameters<D>) -> Result<Saved, TrainError> {
        let mut saved = Saved::default();
        for (p, state) in parameters.iter().zip(&self.states) {
            for (i, moment) in state.moments.iter().enumerate() {
                let values = D::download(&self.run, moment).map_err(crate::nn::Error::device)?;
                saved.values.push((format!("optimizer.{}.{i}", p.name), values));
            }
            if !state.caught_up.is_empty() {
                saved.counters.push((Self::caught_up_name(&p.name), state.caught_up.clone()));
            }
            saved.steps.push(state.steps);
        }
        Ok(saved)
    }

    /// The reverse of [`Optimizer::save`].
    pub fn load(&mut self, parameters: &Parameters<D>, saved: &Saved) -> Result<(), TrainError> {
        let mut values = saved.values.iter();
        let mut counters = saved.counters.iter();
        for ((p, state), steps) in parameters.iter().zip(&mut self.states).zip(&saved.steps) {
            for moment in &mut state.moments {
                let (name, values) = values.next().ok_or_else(|| crate::nn::Error::ParameterMissing(format!("optimizer.{}", p.name)))?;
                if values.len() != p.len() {
                    return Err(crate::nn::Error::ParameterSize { name: name.clone(), found: values.len(), expected: p.len() }.into());
                }
                D::overwrite(&self.run, moment, values).map_err(crate::nn::Error::device)?;
            }
            if !state.caught_up.is_empty() {
                let (_, counters) = counters.next().ok_or_else(|| crate::nn::Error::ParameterMissing(Self::caught_up_name(&p.name)))?;
                state.caught_up.clone_from(counters);
            }
            state.steps = *steps;
        }
        Ok(())
    }
}

/// An optimizer's state outside the device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    pub values: Vec<(String, Vec<f32>)>,
    pub counters: Vec<(String, Vec<u64>)>,
    /// One a parameter.
    pub steps: Vec<u64>,
}

fn catch_up<D: Backend>(
    run: &Context<D>,
    p: &mut Parameter<D>,
    state: &mut State<D>,
    rows: &[u32],
    step: SgdStep,
) -> Result<(), TrainError> {
    let missed: Vec<u64> = rows.iter().map(|r| state.steps - state.caught_up[*r as usize]).collect();
    rows.iter().for_each(|r| state.caught_up[*r as usize] = state.steps);
    let width = p.columns;
    D::sgd_catch_up(run, step, TableRows { width, rows }, &missed, p.value_mut()?, &mut state.moments[0])
        .map_err(crate::nn::Error::device)?;
    Ok(())
}
