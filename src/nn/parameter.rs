//! The network's parameters: an ordered list of named matrices.
//!
//! dfdx's own modules want shapes known at compile time; here hidden sizes and tag counts come from a file. A parameter's values lie in a
//! device buffer, which kernels on either device read and the optimizer changes in place, and its identity is a dfdx tensor's, so that
//! dfdx's tape and [`Gradients`] know it.

use super::buffers::{Buffer, Buffers, Context, Error};
use dfdx::optim::UnusedTensors;
use dfdx::prelude::*;
use std::rc::Rc;

/// Finds a tensor's gradient; a boxed function because dfdx does not export the type of a tensor's ghost.
pub type GradientSlot<D> = Rc<dyn for<'g> Fn(&'g mut Gradients<f32, D>) -> Result<&'g mut Buffer<D>, <D as HasErr>::Err>>;

/// The slot of a tensor's gradient, without holding the tensor's data.
pub fn slot<S: Shape, D: Buffers, T>(tensor: &Tensor<S, f32, D, T>) -> GradientSlot<D> {
    let ghost = tensor.ghost();
    Rc::new(move |gradients| gradients.get_or_alloc_mut(&ghost))
}

/// Hands out several gradients at once: each is taken out of its slot while `f` works on it.
pub fn with_gradients<D: Buffers, const N: usize>(
    run: &Context<D>,
    gradients: &mut Gradients<f32, D>,
    slots: [&GradientSlot<D>; N],
    f: impl FnOnce([&mut Buffer<D>; N]) -> Result<(), D::Err>,
) -> Result<(), D::Err> {
    with_gradient_list(run, gradients, &slots, |taken| {
        let mut rest = taken.iter_mut();
        f(std::array::from_fn(|_| rest.next().expect("one buffer a slot")))
    })
}

/// [`with_gradients`] for a number of slots that is known only at run time.
pub fn with_gradient_list<D: Buffers>(
    run: &Context<D>,
    gradients: &mut Gradients<f32, D>,
    slots: &[&GradientSlot<D>],
    f: impl FnOnce(&mut [Buffer<D>]) -> Result<(), D::Err>,
) -> Result<(), D::Err> {
    let mut taken = Vec::with_capacity(slots.len());
    for slot in slots {
        let placeholder = run.device().try_alloc_len(1)?;
        taken.push(std::mem::replace(slot(gradients)?, placeholder));
    }
    let result = f(&mut taken);
    for (slot, gradient) in slots.iter().zip(taken) {
        *slot(gradients)? = gradient;
    }
    result
}

/// A named matrix of rows x columns (a vector has one row).
pub struct Parameter<D: Buffers> {
    pub name: String,
    pub rows: usize,
    pub columns: usize,
    /// Only some rows have a gradient in any one step: a table of word vectors.
    pub table: bool,
    value: Rc<Buffer<D>>,
    slot: GradientSlot<D>,
    id: UniqueId,
}

/// What an operation keeps of a parameter for its backward pass.
pub struct SavedParameter<D: Buffers> {
    value: Rc<Buffer<D>>,
    pub slot: GradientSlot<D>,
}

impl<D: Buffers> SavedParameter<D> {
    pub fn value(&self) -> &Buffer<D> {
        &self.value
    }
}

impl<D: Buffers> Parameter<D> {
    pub fn len(&self) -> usize {
        self.rows * self.columns
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn value(&self) -> &Buffer<D> {
        &self.value
    }

    /// For the optimizer: fails while a tape holds the parameter, rather than copying it.
    pub fn value_mut(&mut self) -> Result<&mut Buffer<D>, Error> {
        Rc::get_mut(&mut self.value).ok_or(Error::ParameterInUse)
    }

    /// For an operation's backward pass.
    pub fn save_for_backward(&self) -> SavedParameter<D> {
        SavedParameter { value: self.value.clone(), slot: self.slot.clone() }
    }

    pub fn gradient<'g>(&self, gradients: &'g mut Gradients<f32, D>) -> Result<&'g mut Buffer<D>, Error> {
        (self.slot)(gradients).map_err(Error::device)
    }
}

/// Names a parameter within its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(pub usize);

/// All parameters of a network, in the order of their making.
pub struct Parameters<D: Buffers> {
    run: Context<D>,
    list: Vec<Parameter<D>>,
}

impl<D: Buffers> Parameters<D> {
    pub fn new(run: &Context<D>) -> Self {
        Self { run: run.clone(), list: Vec::new() }
    }

    /// Adds a parameter with these starting values.
    ///
    /// # Panics
    /// If there are not rows x columns values: a bug of the caller.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        (rows, columns): (usize, usize),
        values: Vec<f32>,
        table: bool,
    ) -> Result<ParameterId, Error> {
        assert_eq!(values.len(), rows * columns, "starting values of a {rows} x {columns} parameter");
        let identity: Tensor<(usize,), f32, D> = self.run.device().try_zeros_like(&(rows * columns,)).map_err(Error::device)?;
        let mut ids = UnusedTensors::default();
        ids.add(&identity);
        let value = Rc::new(D::upload(&self.run, values).map_err(Error::device)?);
        self.list.push(Parameter { name: name.into(), rows, columns, table, value, slot: slot(&identity), id: ids.ids[0] });
        Ok(ParameterId(self.list.len() - 1))
    }

    pub fn run(&self) -> &Context<D> {
        &self.run
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Parameter<D>> {
        self.list.iter()
    }

    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Parameter<D>> {
        self.list.iter_mut()
    }

    /// Number of values in all parameters.
    pub fn count(&self) -> usize {
        self.list.iter().map(Parameter::len).sum()
    }

    /// Gradients that keep the parameters' buffers from step to step and drop those of activations.
    pub fn gradients(&self) -> Gradients<f32, D> {
        let mut gradients = Gradients::leaky();
        gradients.retain_leafs(&self.list.iter().map(|p| p.id).collect::<Vec<_>>());
        gradients
    }
}

impl<D: Buffers> std::ops::Index<ParameterId> for Parameters<D> {
    type Output = Parameter<D>;
    fn index(&self, id: ParameterId) -> &Parameter<D> {
        &self.list[id.0]
    }
}

impl<D: Buffers> std::ops::IndexMut<ParameterId> for Parameters<D> {
    fn index_mut(&mut self, id: ParameterId) -> &mut Parameter<D> {
        &mut self.list[id.0]
    }
}
