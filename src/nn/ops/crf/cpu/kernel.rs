//! The operation's kernels, made of this folder's parts.

use super::{Chain, ChainGradients, Posterior, Viterbi, forward_backward, gold_scores, subtract_gold};
use crate::nn::Packing;
use crate::nn::backend::{Buffer, Runtime};
use crate::nn::ops::crf::{CrfGradients, CrfKernel, CrfValues};
use dfdx::prelude::Cpu;

impl CrfKernel for Cpu {
    type Saved = Posterior;

    fn crf_loss(
        run: &Runtime<Self>,
        packing: &Packing,
        mut emissions: Buffer<Self>,
        values: CrfValues<Self>,
        gold: &[u32],
    ) -> Result<(f64, Posterior), Self::Err> {
        let (context, chain) = (run.context(), chain(&values));
        let posterior = forward_backward(context.isa, &context.scratch, chain, packing, &emissions);
        let gold = gold_scores(chain, packing, &emissions, gold);
        context.scratch.give(std::mem::take(&mut *emissions));
        Ok((posterior.log_partition.iter().zip(&gold).map(|(all, gold)| all - gold).sum(), posterior))
    }

    fn crf_backward(
        run: &Runtime<Self>,
        packing: &Packing,
        gold: &[u32],
        saved: Posterior,
        factor: f32,
        gradients: CrfGradients<Self>,
    ) -> Result<(), Self::Err> {
        let CrfGradients { emissions, transitions, start, end } = gradients;
        let context = run.context();
        let mut gradients = ChainGradients { emissions, transitions, start, end };
        saved.add_gradients(context.isa, factor, packing, &mut gradients);
        subtract_gold(factor, packing, gold, &mut gradients);
        saved.give(&context.scratch);
        Ok(())
    }

    fn crf_marginals(
        run: &Runtime<Self>,
        packing: &Packing,
        mut emissions: Buffer<Self>,
        values: CrfValues<Self>,
    ) -> Result<Vec<f32>, Self::Err> {
        let context = run.context();
        let mut posterior = forward_backward(context.isa, &context.scratch, chain(&values), packing, &emissions);
        context.scratch.give(std::mem::take(&mut *emissions));
        let marginals = std::mem::take(&mut posterior.marginals);
        posterior.give(&context.scratch);
        Ok(marginals)
    }

    fn crf_viterbi(
        run: &Runtime<Self>,
        packing: &Packing,
        mut emissions: Buffer<Self>,
        values: CrfValues<Self>,
    ) -> Result<Vec<u32>, Self::Err> {
        let context = run.context();
        let decoded = Viterbi::new(context.isa, chain(&values)).decode(packing, &emissions);
        context.scratch.give(std::mem::take(&mut *emissions));
        Ok(decoded.tags)
    }
}

fn chain<'a>(values: &CrfValues<'a, Cpu>) -> Chain<'a> {
    Chain::new(values.transitions, values.start, values.end)
}
