//! A token's features E(w) ∘ char-CNN(w), as one tape entry: the word's row of a table, and the max over time of a convolution over its
//! characters (Ma & Hovy 2016; the paper's Figure 2).
//!
//! Each distinct spelling of a batch is computed once, dropout on its character vectors included.

mod cpu;
#[cfg(any(test, feature = "cuda"))]
mod cuda;
#[cfg(test)]
mod tests;

use crate::nn::buffers::{Buffer, Buffers, Context, Forward, Rows};
use crate::nn::parameter::{GradientSlot, Parameter, slot, with_gradients};
use dfdx::prelude::*;
use std::rc::Rc;

/// The words of a packed batch, as indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Row of the word table, one a token.
    pub words: Vec<u32>,
    /// Index into `spellings`, one a token.
    pub spelling: Vec<u32>,
    pub spellings: Spellings,
}

/// Distinct words as character indices, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spellings {
    pub characters: Vec<u32>,
    /// Where each word ends in `characters`.
    pub ends: Vec<u32>,
}

impl Spellings {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a word and gives its index.
    pub fn push(&mut self, characters: &[u32]) -> u32 {
        self.characters.extend_from_slice(characters);
        self.ends.push(self.characters.len() as u32);
        self.ends.len() as u32 - 1
    }

    pub fn clear(&mut self) {
        self.characters.clear();
        self.ends.clear();
    }

    /// The characters of each word.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let word = &self.characters[start..*end as usize];
            start = *end as usize;
            word
        })
    }
}

/// The parameters of the character CNN: `table` has one row of `dim` a character; `filters` one row of window x dim a filter; `bias` one
/// value a filter.
pub struct CharCnn<'p, D: Buffers> {
    pub table: &'p Parameter<D>,
    pub filters: &'p Parameter<D>,
    pub bias: &'p Parameter<D>,
    /// Dropout factors, one a value of the batch's character vectors (`spellings.characters.len()` x dim), if there is dropout.
    pub mask: Option<Vec<f32>>,
}

/// Sizes of the features.
#[derive(Clone, Copy, Debug)]
pub struct FeatureShape {
    /// Dimension of a word's vector.
    pub word: usize,
    /// Dimension of a character's vector; 0 without the CNN.
    pub character: usize,
    pub filters: usize,
    pub window: usize,
}

/// Values of the CNN's parameters, for a kernel.
pub struct CharValues<'a, D: Buffers> {
    pub table: &'a Buffer<D>,
    pub filters: &'a Buffer<D>,
    pub bias: &'a Buffer<D>,
    pub mask: Option<&'a Buffer<D>>,
}

/// Gradients of the CNN's parameters.
pub struct CharGradients<'a, D: Buffers> {
    pub table: &'a mut Buffer<D>,
    pub filters: &'a mut Buffer<D>,
    pub bias: &'a mut Buffer<D>,
}

/// The kernels of the features.
pub trait FeaturesKernel: Buffers {
    /// What the forward pass of the CNN leaves for the backward pass.
    type Saved: 'static;

    /// Gives the features, tokens x (word + filters).
    fn features_forward(
        run: &Context<Self>,
        shape: FeatureShape,
        words: &Words,
        table: &Buffer<Self>,
        characters: Option<CharValues<Self>>,
    ) -> Result<Forward<Self, Self::Saved>, Self::Err>;

    /// Adds to the gradient of the word table's rows.
    fn word_backward(
        run: &Context<Self>,
        shape: FeatureShape,
        words: &Words,
        gradient: &Buffer<Self>,
        table: &mut Buffer<Self>,
    ) -> Result<(), Self::Err>;

    /// Adds to the gradients of the CNN's parameters.
    fn characters_backward(
        run: &Context<Self>,
        shape: FeatureShape,
        words: &Words,
        gradient: &Buffer<Self>,
        saved: Self::Saved,
        values: CharValues<Self>,
        gradients: CharGradients<Self>,
    ) -> Result<(), Self::Err>;
}

/// The features of a packed batch; the tape starts here. With `train_words` off the word table gets no gradient.
pub fn features<D: FeaturesKernel, T: Tape<f32, D>>(
    run: &Context<D>,
    mut tape: T,
    words: &Rc<Words>,
    table: &Parameter<D>,
    train_words: bool,
    cnn: Option<CharCnn<D>>,
) -> Result<Rows<D, T>, D::Err> {
    let mut shape = FeatureShape { word: table.columns, character: 0, filters: 0, window: 0 };
    let cnn = match cnn {
        Some(cnn) => {
            shape.character = cnn.table.columns;
            shape.filters = cnn.filters.rows;
            shape.window = cnn.filters.columns / shape.character;
            let mask = cnn.mask.map(|m| D::upload(run, m)).transpose()?;
            Some((cnn.table.save_for_backward(), cnn.filters.save_for_backward(), cnn.bias.save_for_backward(), mask))
        }
        None => None,
    };
    let values = cnn.as_ref().map(|(t, f, b, m)| CharValues { table: t.value(), filters: f.value(), bias: b.value(), mask: m.as_ref() });
    let (x, saved) = D::features_forward(run, shape, words, table.value(), values)?;
    let x = D::tensor(run, x, (words.words.len(), shape.word + shape.filters))?;
    if T::OWNS_TAPE {
        let gx = slot(&x);
        let word_table: Option<GradientSlot<D>> = train_words.then(|| table.save_for_backward().slot);
        let (run, words) = (run.clone(), words.clone());
        tape.add_backward_op(move |gradients| {
            if let Some(table) = &word_table {
                with_gradients(&run, gradients, [&gx, table], |[gx, table]| D::word_backward(&run, shape, &words, gx, table))?;
            }
            if let (Some((t, f, b, mask)), Some(saved)) = (cnn, saved) {
                with_gradients(&run, gradients, [&gx, &t.slot, &f.slot, &b.slot], |[gx, gt, gf, gb]| {
                    let values = CharValues { table: t.value(), filters: f.value(), bias: b.value(), mask: mask.as_ref() };
                    D::characters_backward(&run, shape, &words, gx, saved, values, CharGradients { table: gt, filters: gf, bias: gb })
                })?;
            }
            Ok(())
        });
    }
    Ok(x.put_tape(tape))
}
