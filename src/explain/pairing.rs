//! Which prediction is meant for which gold mention.

use super::entity::Entity;
use std::cmp::Reverse;

/// Each gold mention and each prediction is in exactly one of the three, by its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    /// (gold, predicted), in the order of gold.
    pub pairs: Vec<(usize, usize)>,
    /// Gold mentions that no prediction is meant for.
    pub missed: Vec<usize>,
    /// Predictions that mean no gold mention.
    pub spurious: Vec<usize>,
}

impl Pairing {
    /// The prediction meant for a gold mention.
    pub fn of_gold(&self, gold: usize) -> Option<usize> {
        self.pairs.iter().find(|(g, _)| *g == gold).map(|(_, p)| *p)
    }
}

/// Pairs mentions that share a character, one to one, the closest first: equal spans with equal labels, equal spans, spans with equal
/// labels, any; among these the longer overlap, then the earlier in the text. So a pair with equal spans and labels is always made.
pub(super) fn pair(gold: &[Entity], predicted: &[Entity], same_label: impl Fn(&Entity, &Entity) -> bool) -> Pairing {
    let mut candidates = Vec::new();
    for (g, of_gold) in gold.iter().enumerate() {
        for (p, of_predicted) in predicted.iter().enumerate() {
            let shared = of_gold.end.min(of_predicted.end).saturating_sub(of_gold.start.max(of_predicted.start));
            if shared > 0 {
                let unlike = (!of_gold.same_span(of_predicted), !same_label(of_gold, of_predicted));
                candidates.push((unlike, Reverse(shared), g, p));
            }
        }
    }
    candidates.sort();
    let (mut free_gold, mut free_predicted) = (vec![true; gold.len()], vec![true; predicted.len()]);
    let mut pairs = Vec::new();
    for (_, _, g, p) in candidates {
        if free_gold[g] && free_predicted[p] {
            (free_gold[g], free_predicted[p]) = (false, false);
            pairs.push((g, p));
        }
    }
    pairs.sort_unstable();
    let left = |free: Vec<bool>| free.iter().enumerate().filter(|(_, free)| **free).map(|(i, _)| i).collect();
    Pairing { pairs, missed: left(free_gold), spurious: left(free_predicted) }
}
