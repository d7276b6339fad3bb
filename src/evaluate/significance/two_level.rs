//! Inference on methods: over documents and over seeds at once.
//!
//! A method's score is the mean over its networks, one a seed. The variance of a contrast (a weighted sum of such means) has two
//! components. *Documents*: the variance of the contrast over resamples of the documents, which all sides share, with the networks as they
//! are. *Seeds*: of each method, the variance of its networks' scores over the number of networks. A network also does better on some
//! documents and worse on others than its siblings; both components contain that share, so that it is taken out of the second (crossed random
//! effects by moments, as in two-way clustering: Cameron, Gelbach and Miller 2011), never below zero. Plain resampling of three seeds
//! has only two thirds of their variance, and takes its three deviations for the whole distribution; here the variance is that of a
//! sample (m - 1), and the tail is Student's with degrees of freedom after Satterthwaite (1946), in which the seeds count with their
//! whole variance. `two_level_tests` show by simulation that at most 5 % of equal methods are told apart.

use super::{Interval, LEVEL, POWER, Replicated, student};

/// One method's mean score in a contrast.
#[derive(Clone, Copy, Debug)]
pub struct Term<'a> {
    /// Weight of the method's mean score in the contrast.
    pub coefficient: f64,
    /// One network a seed; at least two.
    pub networks: &'a [Replicated],
    /// Which networks: terms of equal `method` and `documents` are scores of the same networks in the same order (recognition and
    /// normalization of one run), whose seeds vary together.
    pub method: u64,
    /// Which documents, and how many: terms of equal `documents` share their resamples.
    pub documents: u64,
    /// Number of these documents.
    pub size: usize,
}

/// A contrast's value with its uncertainty.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The weighted sum of mean scores.
    pub effect: f64,
    /// Its standard error, over documents and seeds.
    pub standard_error: f64,
    /// Degrees of freedom of the standard error.
    pub degrees: f64,
    components: Vec<VarianceComponent>,
}

/// A component of the squared standard error. Variances are of the contrast; `degrees` are degrees of freedom.
#[allow(missing_docs)] // a variant's text says what its fields are
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VarianceComponent {
    /// Of one set of documents. `interaction` is what would vanish with infinitely many networks.
    Documents { variance: f64, interaction: f64, degrees: f64 },
    /// Of one method. `whole` has the interaction in it, `variance` has not; `networks` are behind both.
    Seeds { variance: f64, whole: f64, networks: usize },
}

/// How many networks per side it takes to see a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RunsNeeded {
    /// So many networks per side.
    Runs(usize),
    /// No number is enough: the documents alone leave more doubt. So many times as many documents would do, with endless seeds.
    MoreDocuments(f64),
}

/// The weighted sum of the methods' mean scores. `None` without terms, where a method has a single network (nothing is known of what
/// another seed would do), or without resamples.
///
/// # Panics
/// Where terms of the same networks differ in their number, or terms of the same documents in the number of resamples.
pub fn contrast(terms: &[Term]) -> Option<Estimate> {
    let mut sets: Vec<(u64, usize)> = terms.iter().map(|term| (term.documents, term.size)).collect();
    sets.sort_unstable();
    sets.dedup();
    let (mut effect, mut components) = (0.0, Vec::new());
    for (documents, size) in sets {
        let of_set: Vec<&Term> = terms.iter().filter(|term| term.documents == documents).collect();
        effect += of_documents(&of_set, size, &mut components)?;
    }
    (!terms.is_empty()).then(|| Estimate::of(effect, components))
}

/// The effect on one set of documents, and the components of its variance.
fn of_documents(terms: &[&Term], size: usize, components: &mut Vec<VarianceComponent>) -> Option<f64> {
    let mut methods: Vec<u64> = terms.iter().map(|term| term.method).collect();
    methods.sort_unstable();
    methods.dedup();
    let resamples = terms[0].networks.first()?.resampled.len();
    let mut replicates = vec![0.0; resamples];
    let (mut effect, mut interactions) = (0.0, 0.0);
    // A bootstrap's variance is that of the documents as they are, with n instead of n - 1.
    let reflate = size as f64 / size.saturating_sub(1).max(1) as f64;
    for method in methods {
        let networks = combined(terms.iter().filter(|term| term.method == method), resamples);
        let m = networks.len();
        if m < 2 || resamples < 2 {
            return None;
        }
        let observed: Vec<f64> = networks.iter().map(|network| network.observed).collect();
        effect += mean(&observed);
        let mut between = 0.0;
        let mut scores = vec![0.0; m];
        for (resample, replicate) in replicates.iter_mut().enumerate() {
            for (score, network) in scores.iter_mut().zip(&networks) {
                *score = network.resampled[resample];
            }
            *replicate += mean(&scores);
            between += variance(&scores);
        }
        let whole = variance(&observed);
        let interaction = ((between / resamples as f64 - whole) * reflate).max(0.0);
        interactions += interaction / m as f64;
        components.push(VarianceComponent::Seeds {
            variance: (whole - interaction).max(0.0) / m as f64,
            whole: whole / m as f64,
            networks: m,
        });
    }
    let variance = variance(&replicates) * reflate;
    components.push(VarianceComponent::Documents {
        variance,
        interaction: interactions.min(variance),
        degrees: size.saturating_sub(1).max(1) as f64,
    });
    Some(effect)
}

/// Each network's weighted sum over the terms.
fn combined<'a>(terms: impl Iterator<Item = &'a &'a Term<'a>>, resamples: usize) -> Vec<Replicated> {
    let mut networks: Vec<Replicated> = Vec::new();
    for term in terms {
        if networks.is_empty() {
            networks = vec![Replicated { observed: 0.0, resampled: vec![0.0; resamples] }; term.networks.len()];
        }
        assert_eq!(networks.len(), term.networks.len(), "terms of one method have the same networks");
        for (sum, network) in networks.iter_mut().zip(term.networks) {
            assert_eq!(network.resampled.len(), resamples, "terms on the same documents have the same resamples");
            sum.observed += term.coefficient * network.observed;
            for (sum, score) in sum.resampled.iter_mut().zip(&network.resampled) {
                *sum += term.coefficient * score;
            }
        }
    }
    networks
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of a sample.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (values.len() - 1) as f64
}

impl Estimate {
    /// From the components of a squared standard error.
    pub fn of(effect: f64, components: Vec<VarianceComponent>) -> Self {
        let (square, degrees) = total(&components, None);
        // Sums of equal scores in another order differ in the last bits.
        let standard_error = square.sqrt();
        Self { effect, standard_error: if standard_error < 1e-12 { 0.0 } else { standard_error }, degrees, components }
    }

    /// Two-sided interval of this level.
    pub fn interval(&self, level: f64) -> Interval {
        let half = self.standard_error * student::quantile((1.0 + level) / 2.0, self.degrees);
        Interval { low: self.effect - half, high: self.effect + half }
    }

    /// Two-sided p of "the effect is nil".
    pub fn p(&self) -> f64 {
        student::two_sided(self.standardised(0.0), self.degrees)
    }

    /// One-sided p of "the effect is at most `limit`": small where it is shown to be larger.
    pub fn p_above(&self, limit: f64) -> f64 {
        student::cdf(-self.standardised(limit), self.degrees)
    }

    /// One-sided p of "the effect is at least `limit`".
    pub fn p_below(&self, limit: f64) -> f64 {
        student::cdf(self.standardised(limit), self.degrees)
    }

    /// p of "the effect lies at or beyond the margin, one way or the other": the larger of two one-sided tests (Schuirmann 1987).
    pub fn p_equivalent(&self, margin: f64) -> f64 {
        self.p_above(-margin).max(self.p_below(margin))
    }

    fn standardised(&self, limit: f64) -> f64 {
        let distance = self.effect - limit;
        if self.standard_error > 0.0 {
            distance / self.standard_error
        } else if distance.abs() < 1e-12 {
            0.0
        } else {
            distance * f64::INFINITY
        }
    }

    /// The smallest effect that a two-sided test at 5 % would have seen with a chance of [`POWER`].
    pub fn detectable(&self) -> f64 {
        self.standard_error * reach(self.degrees)
    }

    /// Networks per side for an effect of this size to be seen with a chance of [`POWER`], each side having as many.
    pub fn runs_to_see(&self, effect: f64) -> RunsNeeded {
        let seen = |runs| {
            let (square, degrees) = total(&self.components, Some(runs));
            square.sqrt() * reach(degrees) <= effect.abs()
        };
        const MOST: usize = 1 << 20;
        if !seen(MOST) {
            let (square, degrees) = total(&self.components, Some(MOST));
            let ratio = square.sqrt() * reach(degrees) / effect.abs();
            return RunsNeeded::MoreDocuments(ratio * ratio);
        }
        let (mut few, mut enough) = (1, MOST);
        while enough - few > 1 {
            let middle = few + (enough - few) / 2;
            if seen(middle) { enough = middle } else { few = middle }
        }
        RunsNeeded::Runs(enough)
    }
}

/// Standard errors between nil and what is seen with a chance of [`POWER`].
fn reach(degrees: f64) -> f64 {
    student::quantile((1.0 + LEVEL) / 2.0, degrees) + student::quantile(POWER, degrees)
}

/// The squared standard error and its degrees of freedom, with the networks that there are or with so many for each method.
fn total(components: &[VarianceComponent], runs: Option<usize>) -> (f64, f64) {
    let (mut square, mut spread) = (0.0, 0.0);
    for component in components {
        match *component {
            VarianceComponent::Documents { variance, interaction, degrees } => {
                // What the networks add to it is in the seeds' whole variance where their number is another.
                let variance = if runs.is_some() { variance - interaction } else { variance };
                square += variance;
                spread += variance * variance / degrees;
            }
            VarianceComponent::Seeds { variance, whole, networks } => {
                let scale = runs.map_or(1.0, |runs| networks as f64 / runs as f64);
                let degrees = (runs.unwrap_or(networks) - 1).max(1) as f64;
                let whole = whole * scale;
                square += if runs.is_some() { whole } else { variance };
                spread += whole * whole / degrees;
            }
        }
    }
    let degrees = if spread > 0.0 { square * square / spread } else { f64::from(u16::MAX) };
    (square, degrees.clamp(1.0, f64::from(u16::MAX)))
}
