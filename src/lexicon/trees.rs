//! Gradient-boosted regression trees (Friedman 2001) for ranking: the scores of the candidates of a mention are the logits of a softmax,
//! and the loss is the cross-entropy of the right one. Second-order splits over binned features; the same bytes on any machine.

use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// Candidates with their features, in groups of which one candidate is right.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    pub width: usize,
    /// Row after row, `width` features each.
    pub features: Vec<f32>,
    /// For each group, the row after its last; ascending.
    pub ends: Vec<usize>,
    /// For each group, the number of the right row, counted from the group's first.
    pub right: Vec<usize>,
    pub weights: Vec<f32>,
}

impl Groups {
    pub fn new(width: usize) -> Self {
        Groups { width, ..Groups::default() }
    }

    /// Adds a group; one without a row is left out.
    pub fn push<'a>(&mut self, rows: impl Iterator<Item = &'a [f32]>, right: usize, weight: f32) {
        let before = self.features.len();
        rows.for_each(|row| self.features.extend_from_slice(row));
        if self.features.len() > before {
            self.ends.push(self.features.len() / self.width);
            self.right.push(right);
            self.weights.push(weight);
        }
    }

    fn rows(&self) -> usize {
        self.features.len() / self.width
    }
}

/// Size and penalties of the boosted trees that rank candidates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeOptions {
    /// Number of trees.
    pub trees: usize,
    /// Depth of a tree.
    pub depth: usize,
    /// Learning rate: the share of a tree that is added.
    pub rate: f64,
    /// Penalty of squared leaf values.
    pub l2: f64,
    /// Least sum of second derivatives on either side of a split.
    pub least: f64,
    /// Share of the features that a tree may use.
    pub features: f64,
    /// Seed of the choice of features.
    pub seed: u64,
}

impl Default for TreeOptions {
    fn default() -> Self {
        TreeOptions { trees: 150, depth: 5, rate: 0.1, l2: 2.0, least: 1.0, features: 0.5, seed: 1 }
    }
}

/// A node: a leaf where `feature` is [`LEAF`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    feature: u16,
    /// The left child is for values up to this; of a leaf, its value.
    value: f32,
    /// Number of the left child; the right one follows it.
    left: u32,
}

const LEAF: u16 = u16::MAX;
const BINS: usize = 64;

/// A sum of trees.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Trees {
    trees: Vec<Vec<Node>>,
}

impl Trees {
    /// The score of a row of features.
    pub fn score(&self, row: &[f32]) -> f64 {
        self.trees.iter().map(|tree| f64::from(leaf(tree, row))).sum()
    }

    /// How many trees, and whether each of their features is below `width`: what a file from elsewhere must be.
    pub fn is_sound(&self, width: usize) -> bool {
        let sound = |tree: &Vec<Node>| {
            let node = |(at, node): (usize, &Node)| {
                node.value.is_finite()
                    && (node.feature == LEAF
                        || ((node.feature as usize) < width && node.left as usize > at && (node.left as usize) + 1 < tree.len()))
            };
            !tree.is_empty() && tree.iter().enumerate().all(node)
        };
        self.trees.iter().all(sound)
    }

    pub fn train(groups: &Groups, options: &TreeOptions) -> Self {
        let binned = Binned::new(groups);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(options.seed);
        let mut scores = vec![0.0_f64; groups.rows()];
        let mut trees = Trees::default();
        for _ in 0..options.trees {
            let derivatives = derivatives(groups, &scores);
            let mut of_tree: Vec<usize> = (0..groups.width).collect();
            // Fisher-Yates, then the first of them.
            for at in (1..of_tree.len()).rev() {
                of_tree.swap(at, (random.next_u64() % (at as u64 + 1)) as usize);
            }
            of_tree.truncate(((groups.width as f64 * options.features).ceil() as usize).clamp(1, groups.width));
            of_tree.sort_unstable();
            let tree = grow(&binned, &derivatives, &of_tree, options);
            for (row, score) in groups.features.chunks_exact(groups.width).zip(&mut scores) {
                *score += f64::from(leaf(&tree, row));
            }
            trees.trees.push(tree);
        }
        trees
    }
}

fn leaf(tree: &[Node], row: &[f32]) -> f32 {
    let mut at = 0;
    loop {
        let node = &tree[at];
        if node.feature == LEAF {
            return node.value;
        }
        at = node.left as usize + usize::from(row[node.feature as usize] > node.value);
    }
}

/// First and second derivative of the loss by each row's score.
fn derivatives(groups: &Groups, scores: &[f64]) -> Vec<(f64, f64)> {
    let mut out = vec![(0.0, 0.0); scores.len()];
    let mut from = 0;
    for ((&to, &right), &weight) in groups.ends.iter().zip(&groups.right).zip(&groups.weights) {
        let shares = softmax(&scores[from..to]);
        for (at, share) in shares.into_iter().enumerate() {
            let weight = f64::from(weight);
            out[from + at] = (weight * (share - f64::from(u8::from(at == right))), weight * (share * (1.0 - share)).max(1e-6));
        }
        from = to;
    }
    out
}

/// Shares that sum to one.
pub(super) fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| libm::exp(score - most)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// Features as numbers of bins.
struct Binned {
    rows: usize,
    /// By feature: the upper bounds of all bins but the last.
    bounds: Vec<Vec<f32>>,
    /// Feature after feature, a row after another.
    bins: Vec<u8>,
}

impl Binned {
    fn new(groups: &Groups) -> Self {
        let (rows, width) = (groups.rows(), groups.width);
        let mut binned = Binned { rows, bounds: Vec::with_capacity(width), bins: Vec::with_capacity(rows * width) };
        for feature in 0..width {
            let column: Vec<f32> = groups.features.iter().skip(feature).step_by(width).copied().collect();
            let mut sorted = column.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            sorted.dedup();
            let bounds: Vec<f32> = if sorted.len() <= BINS {
                sorted.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0).collect()
            } else {
                // Quantiles of the values with their repeats, so that bins hold about as many rows.
                let mut all = column.clone();
                all.sort_unstable_by(f32::total_cmp);
                let mut bounds: Vec<f32> = (1..BINS).map(|bin| all[bin * all.len() / BINS]).collect();
                bounds.dedup();
                bounds
            };
            binned.bins.extend(column.iter().map(|value| bounds.partition_point(|bound| value > bound) as u8));
            binned.bounds.push(bounds);
        }
        binned
    }
}

/// Grows a tree level by level.
fn grow(binned: &Binned, derivatives: &[(f64, f64)], features: &[usize], options: &TreeOptions) -> Vec<Node> {
    let mut tree = vec![Node { feature: LEAF, value: 0.0, left: 0 }];
    // The node that each row has come to, and the nodes of the level with their place in the histograms.
    let mut of_row = vec![0_u32; binned.rows];
    let mut level = vec![0_u32];
    for depth in 0..=options.depth {
        let mut place = vec![usize::MAX; tree.len()];
        level.iter().enumerate().for_each(|(at, &node)| place[node as usize] = at);
        let mut sums = vec![(0.0, 0.0); level.len()];
        for (row, &node) in of_row.iter().enumerate() {
            if let Some(sum) = sums.get_mut(place[node as usize]) {
                sum.0 += derivatives[row].0;
                sum.1 += derivatives[row].1;
            }
        }
        for (&node, &(gradient, curvature)) in level.iter().zip(&sums) {
            tree[node as usize].value = (-options.rate * gradient / (curvature + options.l2)) as f32;
        }
        if depth == options.depth {
            break;
        }
        let score = |(gradient, curvature): (f64, f64)| gradient * gradient / (curvature + options.l2);
        // (gain, feature, bin) of the best split of each node.
        let mut best: Vec<Option<(f64, usize, usize)>> = vec![None; level.len()];
        let mut histogram = vec![(0.0, 0.0); level.len() * BINS];
        for &feature in features {
            histogram.fill((0.0, 0.0));
            let column = &binned.bins[feature * binned.rows..(feature + 1) * binned.rows];
            for ((&bin, &node), derivative) in column.iter().zip(&of_row).zip(derivatives) {
                let at = place[node as usize];
                if at != usize::MAX {
                    let cell = &mut histogram[at * BINS + bin as usize];
                    cell.0 += derivative.0;
                    cell.1 += derivative.1;
                }
            }
            for (at, cells) in histogram.chunks_exact(BINS).enumerate() {
                let all = sums[at];
                let mut left = (0.0, 0.0);
                for (bin, cell) in cells.iter().enumerate().take(binned.bounds[feature].len()) {
                    left = (left.0 + cell.0, left.1 + cell.1);
                    let right = (all.0 - left.0, all.1 - left.1);
                    if left.1 < options.least || right.1 < options.least {
                        continue;
                    }
                    let gain = score(left) + score(right) - score(all);
                    if gain > best[at].map_or(1e-6, |(known, _, _)| known) {
                        best[at] = Some((gain, feature, bin));
                    }
                }
            }
        }
        let mut next = Vec::new();
        for (&node, split) in level.iter().zip(&best) {
            if let &Some((_, feature, bin)) = split {
                let left = tree.len() as u32;
                tree[node as usize] = Node { feature: feature as u16, value: binned.bounds[feature][bin], left };
                tree.extend([Node { feature: LEAF, value: 0.0, left: 0 }; 2]);
                next.extend([left, left + 1]);
            }
        }
        if next.is_empty() {
            break;
        }
        for (row, node) in of_row.iter_mut().enumerate() {
            let at = place[*node as usize];
            if at != usize::MAX
                && let Some((_, feature, bin)) = best[at]
            {
                *node = tree[*node as usize].left + u32::from(binned.bins[feature * binned.rows + row] as usize > bin);
            }
        }
        level = next;
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups of three whose right row has the largest product of two features: no single feature and no sum of functions of one tells it.
    fn products(count: usize, seed: u64) -> Groups {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut number = || (random.next_u64() >> 40) as f32 / (1 << 24) as f32 * 2.0 - 1.0;
        let mut groups = Groups::new(3);
        for _ in 0..count {
            let rows: Vec<[f32; 3]> = (0..3).map(|_| [number(), number(), number()]).collect();
            let product = |row: &[f32; 3]| row[0] * row[1];
            let right = (0..3).max_by(|&a, &b| product(&rows[a]).total_cmp(&product(&rows[b]))).unwrap();
            groups.push(rows.iter().map(|row| &row[..]), right, 1.0);
        }
        groups
    }

    fn accuracy(trees: &Trees, groups: &Groups) -> f64 {
        let mut from = 0;
        let mut right = 0;
        for (&to, &expected) in groups.ends.iter().zip(&groups.right) {
            let scores: Vec<f64> = (from..to).map(|row| trees.score(&groups.features[3 * row..3 * row + 3])).collect();
            let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
            right += usize::from(best == expected);
            from = to;
        }
        right as f64 / groups.ends.len() as f64
    }

    #[test]
    fn trees_learn_what_needs_two_features_at_once() {
        let options = TreeOptions { trees: 60, depth: 4, features: 1.0, ..TreeOptions::default() };
        let trees = Trees::train(&products(1500, 1), &options);
        let fresh = products(500, 2);
        assert!(accuracy(&trees, &fresh) > 0.85, "{}", accuracy(&trees, &fresh));
        assert!(trees.is_sound(3) && !trees.is_sound(1));
        assert_eq!(trees, Trees::train(&products(1500, 1), &options));
    }

    /// One split of two groups of two rows, by hand. All scores 0: shares 1/2, so gradients -1/2 for the right row and 1/2 for the other,
    /// second derivatives 1/4. The feature is 1 for right rows: a side has gradient -1 and curvature 1/2; with l2 = 1/2 and rate 1 its leaf
    /// is 1 / (1/2 + 1/2) = 1.
    #[test]
    fn a_leaf_is_a_newton_step() {
        let mut groups = Groups::new(1);
        groups.push([&[1.0_f32][..], &[0.0]].into_iter(), 0, 1.0);
        groups.push([&[0.0_f32][..], &[1.0]].into_iter(), 1, 1.0);
        let options = TreeOptions { trees: 1, depth: 1, rate: 1.0, l2: 0.5, least: 0.1, features: 1.0, seed: 1 };
        let trees = Trees::train(&groups, &options);
        assert_eq!((trees.score(&[1.0]), trees.score(&[0.0])), (1.0, -1.0));
    }

    #[test]
    fn shares_sum_to_one_and_large_scores_do_not_overflow() {
        assert_eq!(softmax(&[1000.0, 1000.0]), [0.5, 0.5]);
        assert_eq!(softmax(&[]), [0.0; 0]);
        let shares = softmax(&[0.0, libm::log(3.0)]);
        assert!((shares[0] - 0.25).abs() < 1e-15 && (shares[1] - 0.75).abs() < 1e-15);
    }

    #[test]
    fn without_data_there_is_a_model_that_says_nothing() {
        let trees = Trees::train(&Groups::new(2), &TreeOptions { trees: 2, ..TreeOptions::default() });
        assert_eq!(trees.score(&[1.0, 2.0]), 0.0);
    }
}
