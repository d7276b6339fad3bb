//! The operation's kernels, made of this folder's parts.

use super::{Chain, ChainGradients, Posterior, Viterbi, forward_backward, gold_scores, subtract_gold};
use crate::nn::Packing;
use crate::nn::buffers::{Buffer, Context};
use crate::nn::ops::crf::{CrfGradients, CrfKernel, CrfValues};
use dfdx::prelude::Cpu;

impl CrfKernel for Cpu {
    type Saved = Posterior;

    fn crf_loss(
        run: &Context<Self>,
        packing: &Packing,
        mut emissions: Buffer<Self>,
        values: CrfValues<Self>,
        gold: &[u32],
    ) -> Result<(f64, Posterior), Self::Err> {
        let (workspace, chain) = (run.workspace(), chain(&values));
        let posterior = forward_backward(workspace.isa, &workspace.scratch, chain, packing, &emissions);
        let gold = gold_scores(chain, packing, &emissions, gold);
        workspace.scratch.give(std::mem::take(&mut *emissions));
        Ok((posterior.log_partition.iter().zip(&gold).map(|(all, gold)| all - gold).sum(), posterior))
    }

    fn crf_backward(
        run: &Context<Self>,
        packing: &Packing,
        gold: &[u32],
        saved: Posterior,
        factor: f32,
        gradients: CrfGradients<Self>,
    ) -> Result<(), Self::Err> {
        let CrfGradients { emissions, transitions, start, end } = gradients;
        let workspace = run.workspace();
        let mut gradients = ChainGradients { emissions, transitions, start, end };
        saved.add_gradients(workspace.isa, &workspace.scratch, factor, packing, &mut gradients);
        subtract_gold(factor, packing, gold, &mut gradients);
        saved.give(&workspace.scratch);
        Ok(())
    }

    fn crf_marginals(
        run: &Context<Self>,
        packing: &Packing,
        mut emissions: Buffer<Self>,
        values: CrfValues<Self>,
    ) -> Result<Vec<f32>, Self::Err> {
        let workspace = run.workspace();
        let mut posterior = forward_backward(workspace.isa, &workspace.scratch, chain(&values), packing, &emissions);
        workspace.scratch.give(std::mem::take(&mut *emissions));
        let marginals = std::mem::take(&mut posterior.marginals);
        posterior.give(&workspace.scratch);
        Ok(marginals)
    }

    fn crf_viterbi(
        run: &Context<Self>,
        packing: &Packing,
        mut emissions: Buffer<Self>,
        values: CrfValues<Self>,
    ) -> Result<Vec<u32>, Self::Err> {
        let workspace = run.workspace();
        let decoded = Viterbi::new(workspace.isa, chain(&values)).decode(packing, &emissions);
        workspace.scratch.give(std::mem::take(&mut *emissions));
        Ok(decoded.tags)
    }
}

fn chain<'a>(values: &CrfValues<'a, Cpu>) -> Chain<'a> {
    Chain::new(values.transitions, values.start, values.end)
}
