//! The chain on a GPU. A step of the forward-backward algorithm is one product and one launch for all sentences; what the host needs, the
//! masses and the gold tags' scores, it fetches once. A sentence whose masses cannot be trusted, a rare one, is computed on the host.

use super::cpu::{Chain, ChainGradients, forward_backward};
use crate::nn::Packing;
use crate::nn::buffers::Scratch;
use crate::nn::gpu::Argument::{Float, In, Indices, Int, Out, OutIndices};
use crate::nn::gpu::{Gpu, Grid, Groups, Matrix, NONE, Target, rows};
use crate::nn::isa::Isa;

/// Transitions (K x K), start and end scores.
pub struct Scores<'a, G: Gpu> {
    pub transitions: &'a G::Values,
    pub start: &'a G::Values,
    pub end: &'a G::Values,
}

/// Gradients of the scores.
pub struct ScoreGradients<'a, G: Gpu> {
    pub emissions: &'a mut G::Values,
    pub transitions: &'a mut G::Values,
    pub start: &'a mut G::Values,
    pub end: &'a mut G::Values,
}

/// What the distribution over tag sequences says; as the CPU's `Posterior`, on the device.
pub struct Saved<G: Gpu> {
    tags: usize,
    marginals: G::Values,
    before: G::Values,
    after: G::Values,
    weights: G::Values,
    /// Expected transition counts of the sentences computed on the host, if there are any.
    elsewhere: Option<G::Values>,
}

/// Values that a row of `terms` has, and their places; `TERMS` and `Term` in crf.cu.
const TERMS: usize = 6;
const SHIFT: usize = 0;
const FORWARD_MASS: usize = 1;
const BACKWARD_MASS: usize = 2;
const ENTERED: usize = 3;

/// The loss, summed over the sentences.
pub fn loss<G: Gpu>(
    gpu: &G,
    packing: &Packing,
    emissions: &G::Values,
    tags: usize,
    chain: &Scores<G>,
    gold: &[u32],
) -> Result<(f64, Saved<G>), G::Error> {
    let (saved, log_partitions, terms) = posterior(gpu, packing, emissions, tags, chain, Some(gold))?;
    let score =
        |r: usize| -> f64 { packing.rows(r).flat_map(|row| &terms[row * TERMS + ENTERED..(row + 1) * TERMS]).map(|v| f64::from(*v)).sum() };
    Ok((log_partitions.iter().enumerate().map(|(r, all)| all - score(r)).sum(), saved))
}

/// P(y_t = k): tokens x K.
pub fn marginals<G: Gpu>(gpu: &G, packing: &Packing, emissions: &G::Values, tags: usize, chain: &Scores<G>) -> Result<Vec<f32>, G::Error> {
    let (saved, _, _) = posterior(gpu, packing, emissions, tags, chain, None)?;
    gpu.download(&saved.marginals)
}

/// Forward and backward sums of all sentences, their log-partitions, and the rows' terms.
#[allow(clippy::type_complexity)]
fn posterior<G: Gpu>(
    gpu: &G,
    packing: &Packing,
    emissions: &G::Values,
    tags: usize,
    chain: &Scores<G>,
    gold: Option<&[u32]>,
) -> Result<(Saved<G>, Vec<f64>, Vec<f32>), G::Error> {
    let (n, k) = (packing.tokens(), tags);
    let (mut top, mut weights) = (gpu.zeros(1)?, gpu.zeros(k * k)?);
    gpu.launch("crf_top", Grid::Rows(1), &mut [Out(&mut top), In(chain.transitions), Int(k * k)])?;
    gpu.launch("crf_weights", Grid::Each(k * k), &mut [Out(&mut weights), In(chain.transitions), In(&top), Int(k * k)])?;
    let (mut alpha, mut after, mut marginals) = (gpu.zeros(n * k)?, gpu.zeros(n * k)?, gpu.zeros(n * k)?);
    let mut terms = gpu.zeros(n * TERMS)?;
    let transitions = Matrix::new(&weights, k, k);
    let mut sums = gpu.zeros(packing.sentences() * k)?;
    for t in 0..packing.steps() {
        let (row, alive, running) = (packing.offset(t), packing.active(t), packing.active(t + 1));
        if t > 0 {
            let left = Matrix::new(&alpha, alive, k).from(packing.offset(t - 1) * k);
            gpu.multiply(false, left, transitions, Target { values: &mut sums, first: 0, row_stride: k })?;
        }
        let arguments = &mut [
            Out(&mut alpha),
            Out(&mut after),
            Out(&mut terms),
            In(&sums),
            In(emissions),
            In(chain.start),
            In(chain.end),
            In(&top),
            Int(row),
            Int(usize::from(t == 0)),
            Int(running),
            Int(k),
        ];
        gpu.launch("crf_forward", Grid::Rows(alive), arguments)?;
    }
    for t in (0..packing.steps()).rev() {
        let (row, alive, running) = (packing.offset(t), packing.active(t), packing.active(t + 1));
        let next = if running > 0 { packing.offset(t + 1) } else { 0 };
        if running > 0 {
            let right = Matrix::new(&after, running, k).from(next * k);
            gpu.multiply(false, right, transitions.t(), Target { values: &mut sums, first: 0, row_stride: k })?;
        }
        let arguments = &mut [
            Out(&mut alpha),
            Out(&mut after),
            Out(&mut marginals),
            Out(&mut terms),
            In(&sums),
            Int(row),
            Int(next),
            Int(running),
            Int(k),
        ];
        gpu.launch("crf_backward", Grid::Rows(alive), arguments)?;
    }
    if let Some(gold) = gold {
        let (left, last) = around(packing, gold);
        let (gold, left, last) = (gpu.upload_indices(gold.to_vec())?, gpu.upload_indices(left)?, gpu.upload_indices(last)?);
        let arguments = &mut [
            Out(&mut terms),
            In(emissions),
            In(chain.transitions),
            In(chain.start),
            In(chain.end),
            Indices(&gold),
            Indices(&left),
            Indices(&last),
            Int(k),
            Int(n),
        ];
        gpu.launch("crf_gold", Grid::Each(n), arguments)?;
    }
    let terms = gpu.download(&terms)?;
    let mut saved = Saved { tags, marginals, before: alpha, after, weights, elsewhere: None };
    let mut log_partitions = vec![0.0; packing.sentences()];
    let mut unfaithful = Vec::new();
    for (r, log_partition) in log_partitions.iter_mut().enumerate() {
        for row in packing.rows(r) {
            let own = &terms[row * TERMS..];
            *log_partition += f64::from(own[SHIFT]) + libm::log(f64::from(own[FORWARD_MASS]));
            if own[FORWARD_MASS] == 0.0 || own[BACKWARD_MASS] == 0.0 {
                *log_partition = f64::NEG_INFINITY;
            }
        }
        if *log_partition == f64::NEG_INFINITY {
            unfaithful.push(r);
        }
    }
    if !unfaithful.is_empty() {
        let found = on_host(gpu, packing, emissions, chain, &unfaithful, &mut saved)?;
        unfaithful.iter().zip(found).for_each(|(r, found)| log_partitions[*r] = found);
    }
    Ok((saved, log_partitions, terms))
}

/// Computes some sentences on the host, puts their marginals and counts in `saved` and gives their log-partitions.
fn on_host<G: Gpu>(
    gpu: &G,
    packing: &Packing,
    emissions: &G::Values,
    chain: &Scores<G>,
    sentences: &[usize],
    saved: &mut Saved<G>,
) -> Result<Vec<f64>, G::Error> {
    let k = saved.tags;
    let own = Packing::new(&sentences.iter().map(|r| packing.length(*r)).collect::<Vec<_>>());
    let of_rows: Vec<usize> = (0..own.steps()).flat_map(|t| sentences[..own.active(t)].iter().map(move |r| packing.row(*r, t))).collect();
    let all = gpu.download(emissions)?;
    let scores: Vec<f32> = of_rows.iter().flat_map(|row| &all[row * k..(row + 1) * k]).copied().collect();
    let [transitions, start, end] = [gpu.download(chain.transitions)?, gpu.download(chain.start)?, gpu.download(chain.end)?];
    let (isa, scratch) = (Isa::detect(), Scratch::default());
    let found = forward_backward(isa, &scratch, Chain::new(&transitions, &start, &end), &own, &scores);
    let (mut counts, mut unused, mut ends) = (vec![0.0; k * k], vec![0.0; scores.len()], [vec![0.0; k], vec![0.0; k]]);
    let [start, end] = &mut ends;
    found.add_gradients(isa, &scratch, 1.0, &own, &mut ChainGradients { emissions: &mut unused, transitions: &mut counts, start, end });
    saved.elsewhere = Some(gpu.upload(counts)?);
    let (n, rows) = (scores.len(), gpu.upload_indices(of_rows.iter().map(|row| *row as u32).collect())?);
    let replacement = gpu.upload(found.marginals)?;
    let arguments =
        &mut [Out(&mut saved.marginals), Out(&mut saved.before), Out(&mut saved.after), In(&replacement), Indices(&rows), Int(k), Int(n)];
    gpu.launch("crf_replace", Grid::Each(n), arguments)?;
    Ok(found.log_partition)
}

/// Of each row the tag before it in its sentence, or [`NONE`], and whether it is the sentence's last.
fn around(packing: &Packing, gold: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut left, mut last) = (vec![NONE; gold.len()], vec![0; gold.len()]);
    for t in 0..packing.steps() {
        for r in 0..packing.active(t) {
            let row = packing.row(r, t);
            if t > 0 {
                left[row] = gold[packing.row(r, t - 1)];
            }
            last[row] = u32::from(r >= packing.active(t + 1));
        }
    }
    (left, last)
}

/// Adds `factor` times the loss's gradients.
pub fn backward<G: Gpu>(
    gpu: &G,
    packing: &Packing,
    gold: &[u32],
    saved: Saved<G>,
    factor: f32,
    gradients: ScoreGradients<G>,
) -> Result<(), G::Error> {
    let (k, n, sentences) = (saved.tags, packing.tokens(), packing.sentences());
    let (left, _) = around(packing, gold);
    let pairs: Vec<u32> = left.iter().zip(gold).filter(|(left, _)| **left != NONE).map(|(left, tag)| left * k as u32 + tag).collect();
    let tags = gpu.upload_indices(gold.to_vec())?;
    let arguments = &mut [Out(gradients.emissions), In(&saved.marginals), Indices(&tags), Float(factor), Int(k), Int(n * k)];
    gpu.launch("crf_emissions_backward", Grid::Each(n * k), arguments)?;
    let last_rows = (0..sentences).map(|r| packing.row(r, packing.length(r) - 1) as u32).collect();
    let last_rows = gpu.upload_indices(last_rows)?;
    let arguments = &mut [
        Out(gradients.start),
        Out(gradients.end),
        In(&saved.marginals),
        Indices(&tags),
        Indices(&last_rows),
        Float(factor),
        Int(sentences),
        Int(k),
    ];
    gpu.launch("crf_ends_backward", Grid::Each(k), arguments)?;
    if n == sentences {
        return Ok(());
    }
    // The first step has no transition before it.
    let [before, after] = [&saved.before, &saved.after].map(|m| Matrix::new(m, n - sentences, k).from(sentences * k));
    let counts = rows::product(gpu, before.t(), after)?;
    let arguments = &mut [Out(gradients.transitions), In(&counts), In(&saved.weights), Float(factor), Int(k * k)];
    gpu.launch("crf_transitions_backward", Grid::Each(k * k), arguments)?;
    if let Some(elsewhere) = &saved.elsewhere {
        rows::add_to_rows(gpu, gradients.transitions, elsewhere, factor, 1, k * k)?;
    }
    let pairs = Groups::of(&pairs).upload(gpu)?;
    let arguments = &mut [Out(gradients.transitions), Indices(&pairs.keys), Indices(&pairs.ends), Float(factor), Int(pairs.len)];
    gpu.launch("subtract_counts", Grid::Each(pairs.len), arguments)
}

/// The tags of the best sequence of each sentence, one a token.
pub fn viterbi<G: Gpu>(gpu: &G, packing: &Packing, emissions: &G::Values, tags: usize, chain: &Scores<G>) -> Result<Vec<u32>, G::Error> {
    let (n, k, sentences) = (packing.tokens(), tags, packing.sentences());
    let (mut scores, mut pointers) = (gpu.zeros(n * k)?, gpu.zero_indices(n * k)?);
    for t in 0..packing.steps() {
        let (row, alive) = (packing.offset(t), packing.active(t));
        if t > 0 {
            let arguments = &mut [
                Out(&mut scores),
                OutIndices(&mut pointers),
                In(chain.transitions),
                Int(row),
                Int(packing.offset(t - 1)),
                Int(k),
                Int(alive * k),
            ];
            gpu.launch("viterbi_step", Grid::Each(alive * k), arguments)?;
        }
        let arguments = &mut [
            Out(&mut scores),
            In(emissions),
            In(chain.start),
            In(chain.end),
            Int(row),
            Int(usize::from(t == 0)),
            Int(packing.active(t + 1)),
            Int(k),
        ];
        gpu.launch("viterbi_lower", Grid::Rows(alive), arguments)?;
    }
    let offsets = gpu.upload_indices((0..packing.steps()).map(|t| packing.offset(t) as u32).collect())?;
    let lengths = gpu.upload_indices((0..sentences).map(|r| packing.length(r) as u32).collect())?;
    let mut best = gpu.zero_indices(n)?;
    let arguments =
        &mut [OutIndices(&mut best), In(&scores), Indices(&pointers), Indices(&offsets), Indices(&lengths), Int(k), Int(sentences)];
    gpu.launch("viterbi_trace", Grid::Each(sentences), arguments)?;
    gpu.download_indices(&best)
}

#[cfg(feature = "cuda")]
mod device {
    use super::super::{CrfGradients, CrfKernel, CrfValues};
    use super::{Saved, ScoreGradients, Scores};
    use crate::nn::Packing;
    use crate::nn::buffers::{Buffer, Context};
    use crate::nn::gpu::CudaGpu;
    use dfdx::prelude::{Cuda, Storage};

    /// The scores, and the number of tags.
    fn lend<'a>(run: &Context<Cuda>, values: CrfValues<'a, Cuda>) -> (Scores<'a, CudaGpu>, usize) {
        let CrfValues { transitions, start, end } = values;
        (Scores { transitions, start, end }, run.device().len(start))
    }

    impl CrfKernel for Cuda {
        type Saved = Saved<CudaGpu>;

        fn crf_loss(
            run: &Context<Self>,
            packing: &Packing,
            emissions: Buffer<Self>,
            values: CrfValues<Self>,
            gold: &[u32],
        ) -> Result<(f64, Self::Saved), Self::Err> {
            let (chain, tags) = lend(run, values);
            super::loss(run.workspace(), packing, &emissions, tags, &chain, gold)
        }

        fn crf_backward(
            run: &Context<Self>,
            packing: &Packing,
            gold: &[u32],
            saved: Self::Saved,
            factor: f32,
            gradients: CrfGradients<Self>,
        ) -> Result<(), Self::Err> {
            let CrfGradients { emissions, transitions, start, end } = gradients;
            super::backward(run.workspace(), packing, gold, saved, factor, ScoreGradients { emissions, transitions, start, end })
        }

        fn crf_marginals(
            run: &Context<Self>,
            packing: &Packing,
            emissions: Buffer<Self>,
            values: CrfValues<Self>,
        ) -> Result<Vec<f32>, Self::Err> {
            let (chain, tags) = lend(run, values);
            super::marginals(run.workspace(), packing, &emissions, tags, &chain)
        }

        fn crf_viterbi(
            run: &Context<Self>,
            packing: &Packing,
            emissions: Buffer<Self>,
            values: CrfValues<Self>,
        ) -> Result<Vec<u32>, Self::Err> {
            let (chain, tags) = lend(run, values);
            super::viterbi(run.workspace(), packing, &emissions, tags, &chain)
        }
    }
}

#[cfg(test)]
mod tests;
