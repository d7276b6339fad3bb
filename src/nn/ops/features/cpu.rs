//! Features on the CPU.
//!
//! The character vectors of all spellings lie in one buffer with window - 1 rows of zeros between words. A row of the convolution's input
//! is then `window` consecutive rows of that buffer, so one matrix product over overlapping rows computes every position of every word.

use super::{CharGradients, CharValues, FeatureShape, FeaturesKernel, Spellings, Words};
use crate::nn::buffers::{Buffer, Context, CpuWorkspace, Forward};
use crate::nn::isa::for_each_isa;
use crate::nn::ops::math::fma;
use crate::nn::ops::multiply;
use crate::nn::ops::product::{Initial, Mat};
use dfdx::prelude::Cpu;

/// Left by the forward pass of the CNN.
pub struct Saved {
    /// Character vectors after dropout, with the rows of zeros.
    vectors: Vec<f32>,
    /// The position (row of `vectors`, where the window starts) that won, one a spelling and filter.
    winners: Vec<u32>,
}

impl FeaturesKernel for Cpu {
    type Saved = Saved;

    fn features_forward(
        run: &Context<Self>,
        shape: FeatureShape,
        words: &Words,
        table: &Buffer<Self>,
        characters: Option<CharValues<Self>>,
    ) -> Result<Forward<Self, Saved>, Self::Err> {
        let workspace = run.workspace();
        let (d, f) = (shape.word, shape.filters);
        let mut x = Vec::with_capacity(words.words.len() * (d + f));
        let mut saved = None;
        match characters {
            None => words.words.iter().for_each(|w| x.extend_from_slice(row(table, *w, d))),
            Some(values) => {
                let vectors = char_vectors(
                    &words.spellings,
                    shape,
                    &values,
                    workspace.scratch.zeros(rows(&words.spellings, shape) * shape.character),
                );
                let mut peaks = workspace.scratch.any(words.spellings.len() * f);
                let mut responses = workspace.scratch.any(0);
                let winners = convolve(workspace, &words.spellings, shape, &vectors, &values, &mut responses, &mut peaks);
                for (w, s) in words.words.iter().zip(&words.spelling) {
                    x.extend_from_slice(row(table, *w, d));
                    x.extend_from_slice(row(&peaks, *s, f));
                }
                workspace.scratch.give(peaks);
                workspace.scratch.give(responses);
                saved = Some(Saved { vectors, winners });
            }
        }
        let mut buffer = run.zeros(0)?;
        *buffer = x;
        Ok((buffer, saved))
    }

    fn word_backward(
        _: &Context<Self>,
        shape: FeatureShape,
        words: &Words,
        gradient: &Buffer<Self>,
        table: &mut Buffer<Self>,
    ) -> Result<(), Self::Err> {
        let d = shape.word;
        for (w, g) in words.words.iter().zip(gradient.chunks_exact(d + shape.filters)) {
            let at = *w as usize * d;
            table[at..at + d].iter_mut().zip(g).for_each(|(t, g)| *t += g);
        }
        Ok(())
    }

    fn characters_backward(
        run: &Context<Self>,
        shape: FeatureShape,
        words: &Words,
        gradient: &Buffer<Self>,
        saved: Saved,
        values: CharValues<Self>,
        gradients: CharGradients<Self>,
    ) -> Result<(), Self::Err> {
        let workspace = run.workspace();
        let (f, c) = (shape.filters, shape.character);
        // Gradient of each spelling's peaks: the sum over its tokens.
        let mut peaks = workspace.scratch.zeros(words.spellings.len() * f);
        for (s, g) in words.spelling.iter().zip(gradient.chunks_exact(shape.word + f)) {
            let at = *s as usize * f;
            peaks[at..at + f].iter_mut().zip(&g[shape.word..]).for_each(|(p, g)| *p += g);
        }
        let mut vectors = workspace.scratch.zeros(saved.vectors.len());
        winners_backward(
            workspace.isa,
            shape.window * c,
            c,
            &peaks,
            &saved.winners,
            &saved.vectors,
            &values.filters[..],
            &mut gradients.filters[..],
            &mut gradients.bias[..],
            &mut vectors,
        );
        let mut from = (shape.window - 1) / 2;
        let mut seen = 0;
        for word in words.spellings.iter() {
            for (k, character) in word.iter().enumerate() {
                let g = row(&vectors, (from + k) as u32, c);
                let t = &mut gradients.table[*character as usize * c..][..c];
                match values.mask {
                    Some(mask) => {
                        let mask = row(mask, (seen + k) as u32, c);
                        t.iter_mut().zip(g).zip(mask).for_each(|((t, g), m)| *t += g * m);
                    }
                    None => t.iter_mut().zip(g).for_each(|(t, g)| *t += g),
                }
            }
            seen += word.len();
            from += word.len().max(1) + shape.window - 1;
        }
        [peaks, vectors, saved.vectors].into_iter().for_each(|v| workspace.scratch.give(v));
        Ok(())
    }
}

fn row(table: &[f32], index: u32, width: usize) -> &[f32] {
    &table[index as usize * width..][..width]
}

/// Rows of the buffer of character vectors. A word without characters counts as one row of zeros.
fn rows(spellings: &Spellings, shape: FeatureShape) -> usize {
    spellings.iter().map(|w| w.len().max(1) + shape.window - 1).sum::<usize>() + shape.window - 1
}

fn char_vectors(spellings: &Spellings, shape: FeatureShape, values: &CharValues<Cpu>, mut vectors: Vec<f32>) -> Vec<f32> {
    let c = shape.character;
    let mut from = (shape.window - 1) / 2;
    let mut seen = 0;
    for word in spellings.iter() {
        for (k, character) in word.iter().enumerate() {
            let vector = &mut vectors[(from + k) * c..][..c];
            vector.copy_from_slice(row(values.table, *character, c));
            if let Some(mask) = values.mask {
                vector.iter_mut().zip(row(mask, (seen + k) as u32, c)).for_each(|(v, m)| *v *= m);
            }
        }
        seen += word.len();
        from += word.len().max(1) + shape.window - 1;
    }
    vectors
}

/// Fills `peaks` (spellings x filters) with the greatest response of each filter and gives where it was; the first of equals wins.
fn convolve(
    workspace: &CpuWorkspace,
    spellings: &Spellings,
    shape: FeatureShape,
    vectors: &[f32],
    values: &CharValues<Cpu>,
    responses: &mut Vec<f32>,
    peaks: &mut [f32],
) -> Vec<u32> {
    let (f, c, wide) = (shape.filters, shape.character, shape.window * shape.character);
    let positions = vectors.len() / c + 1 - shape.window;
    responses.resize(positions * f, 0.0);
    multiply(workspace, Initial::Zero, Mat::new(vectors, positions, wide, c), Mat::new(values.filters, f, wide, wide).t(), responses, f);
    let mut winners = vec![0u32; spellings.len() * f];
    let mut from = 0;
    for ((word, peak), winner) in spellings.iter().zip(peaks.chunks_exact_mut(f)).zip(winners.chunks_exact_mut(f)) {
        let length = word.len().max(1);
        greatest(workspace.isa, f, from as u32, &responses[from * f..(from + length) * f], &values.bias[..], peak, winner);
        from += length + shape.window - 1;
    }
    winners
}

for_each_isa! {
    /// Column-wise greatest of `rows` (f wide) plus the bias, and the index of its row counted from `first`.
    fn greatest<F>(f: usize, first: u32, rows: &[f32], bias: &[f32], peak: &mut [f32], winner: &mut [u32]) {
        peak.fill(f32::NEG_INFINITY);
        winner.fill(first);
        for (position, row) in rows.chunks_exact(f).enumerate() {
            let position = first + position as u32;
            for j in 0..f {
                // NaN wins, and stays, so that it is seen at the loss.
                let better = ((row[j] > peak[j]) | row[j].is_nan()) & !peak[j].is_nan();
                peak[j] = if better { row[j] } else { peak[j] };
                winner[j] = if better { position } else { winner[j] };
            }
        }
        for j in 0..f {
            peak[j] += bias[j];
        }
    }

    /// Only the winning position of each spelling and filter has a gradient: adds `peaks` into the filters, the bias and the vectors.
    fn winners_backward<F>(
        wide: usize, c: usize, peaks: &[f32], winners: &[u32], vectors: &[f32], filters: &[f32],
        g_filters: &mut [f32], g_bias: &mut [f32], g_vectors: &mut [f32],
    ) {
        let f = g_bias.len();
        for (peaks, winners) in peaks.chunks_exact(f).zip(winners.chunks_exact(f)) {
            for j in 0..f {
                let g = peaks[j];
                let at = winners[j] as usize * c;
                g_bias[j] += g;
                let (own, window) = (&mut g_filters[j * wide..(j + 1) * wide], &vectors[at..at + wide]);
                for k in 0..wide {
                    own[k] = fma::<F>(g, window[k], own[k]);
                }
                let (window, own) = (&mut g_vectors[at..at + wide], &filters[j * wide..(j + 1) * wide]);
                for k in 0..wide {
                    window[k] = fma::<F>(g, own[k], window[k]);
                }
            }
        }
    }
}
