//! Weighted sums of methods' mean scores, with their uncertainty over documents and seeds.

use super::Figure;
use super::scores::{Entities, Measure, documents, entities, ids, value};
use crate::evaluate::significance::{self, DocumentResamples, Estimate, METHOD_RESAMPLES, Replicated, Term, contrast};
use crate::evaluate::{Counts, Split};
use crate::report::measurement::{Measurement, Score};
use crate::run::record::RunRecord;
use crate::run::spec::Task;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The runs of one specification, one a seed, in the order of seeds.
#[derive(Clone, Debug)]
pub(super) struct Method<'a> {
    pub runs: Vec<&'a RunRecord>,
}

impl Method<'_> {
    /// Unlike methods have unlike numbers, the same on any machine.
    fn number(&self) -> u64 {
        number(self.runs.iter().map(|run| run.result.run_id.as_str()))
    }

    pub fn seeds(&self) -> usize {
        self.runs.len()
    }

    /// The scores of its runs; `None` where a record lacks one.
    pub fn scores(&self, measure: Measure) -> Option<Vec<f64>> {
        self.runs.iter().map(|run| value(run, measure)).collect()
    }
}

/// A method's mean score in a sum.
#[derive(Clone, Debug)]
pub(super) struct Weighted<'a> {
    pub coefficient: f64,
    pub method: Method<'a>,
    pub measure: Measure,
}

/// A method (by its number) and a task to the method's scores on the resamples.
type ReplicatedOf = BTreeMap<(u64, Task), Rc<Vec<Replicated>>>;

/// Estimates, with the scores on resamples kept: every method is resampled once, whatever the number of comparisons that it is in, and
/// what is compared is compared on the same resamples.
#[derive(Default)]
pub(super) struct Effects {
    resamples: RefCell<BTreeMap<u64, Rc<DocumentResamples>>>,
    replicated: RefCell<ReplicatedOf>,
    figures: RefCell<BTreeMap<(u64, Measure), Figure>>,
}

impl Effects {
    /// As tables show a method: the median over its runs, with an interval of its own where there are counts per document.
    pub fn figure(&self, method: &Method, measure: Measure) -> Figure {
        let make = || {
            if let Measure::F1(task) = measure
                && let Some(score) = Score::over(&method.runs, Split::Test, task)
            {
                return Figure { value: score.f1.median, low: score.interval.map(|i| i.0), high: score.interval.map(|i| i.1) };
            }
            let median = Measurement::over(method.runs.iter().copied(), |run| value(run, measure));
            Figure { value: median.map(|median| median.median).unwrap_or_default(), low: None, high: None }
        };
        *self.figures.borrow_mut().entry((method.number(), measure)).or_insert_with(make)
    }

    /// The sum less `constant`. `None` where a method has one run only, or a record lacks the score.
    pub fn estimate(&self, terms: &[Weighted], constant: f64) -> Option<Estimate> {
        let of_documents: Option<Vec<(f64, u64, &Method, Task)>> = terms
            .iter()
            .map(|term| match term.measure {
                Measure::F1(task) => Some((term.coefficient, term.method.number(), &term.method, task)),
                Measure::Subset(..) | Measure::Boundary => None,
            })
            .collect();
        let mut estimate = match of_documents {
            Some(terms) => self.over_documents(&terms)?,
            None => over_entities(terms)?,
        };
        estimate.effect -= constant;
        Some(estimate)
    }

    fn over_documents(&self, terms: &[(f64, u64, &Method, Task)]) -> Option<Estimate> {
        // Cells share methods: each is added once, with the sum of its coefficients.
        let mut merged: BTreeMap<(u64, Task), (f64, &Method)> = BTreeMap::new();
        for (coefficient, number, method, task) in terms {
            merged.entry((*number, *task)).or_insert((0.0, method)).0 += coefficient;
        }
        let replicated: Vec<_> = merged
            .into_iter()
            .map(|((number, task), (coefficient, method))| {
                let of = ids(method.runs.first()?);
                Some((coefficient, number, number_of_documents(&of), of.len(), self.replicated(number, method, task)))
            })
            .collect::<Option<_>>()?;
        let terms: Vec<Term> = replicated
            .iter()
            .map(|(coefficient, method, documents, size, networks)| Term {
                coefficient: *coefficient,
                networks,
                method: *method,
                documents: *documents,
                size: *size,
            })
            .collect();
        contrast(&terms)
    }

    fn replicated(&self, number: u64, method: &Method, task: Task) -> Rc<Vec<Replicated>> {
        if let Some(known) = self.replicated.borrow().get(&(number, task)) {
            return known.clone();
        }
        let resamples = self.resamples(method);
        let made = Rc::new(method.runs.iter().map(|run| resamples.replicate(&documents(run, task), Counts::f1)).collect::<Vec<_>>());
        self.replicated.borrow_mut().insert((number, task), made.clone());
        made
    }

    /// Drawn from the documents' ids alone, so that neither the order of the claims nor another claim moves a figure.
    fn resamples(&self, method: &Method) -> Rc<DocumentResamples> {
        let ids = method.runs.first().map(|run| ids(run)).unwrap_or_default();
        let number = number_of_documents(&ids);
        let mut all = self.resamples.borrow_mut();
        let draw = || {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(number);
            Rc::new(DocumentResamples::draw(ids.len(), METHOD_RESAMPLES, &mut random))
        };
        all.entry(number).or_insert_with(draw).clone()
    }
}

fn number_of_documents(ids: &[&str]) -> u64 {
    number(ids.iter().copied())
}

fn number<'a>(texts: impl Iterator<Item = &'a str>) -> u64 {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text.as_bytes());
        digest.update([0]);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&digest.finalize()[..8]);
    u64::from_le_bytes(first)
}

/// Where the records keep no counts per document: the entities of one method are taken as independent, and methods too. Both errors
/// are on the safe side but one: entities of one document are not independent.
fn over_entities(terms: &[Weighted]) -> Option<Estimate> {
    let mut merged: BTreeMap<(u64, Measure), (f64, &Method)> = BTreeMap::new();
    for term in terms {
        merged.entry((term.method.number(), term.measure)).or_insert((0.0, &term.method)).0 += term.coefficient;
    }
    let (mut effect, mut parts) = (0.0, Vec::new());
    let mut by_method: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for ((number, measure), (coefficient, method)) in merged {
        let scores = method.scores(measure)?;
        let n = scores.len() as f64;
        let all: Vec<Entities> = method.runs.iter().map(|run| entities(run, measure)).collect::<Option<_>>()?;
        let mean = |of: fn(&Entities) -> f64| all.iter().map(of).sum::<f64>() / n;
        let mean = Entities { part: mean(|e| e.part), whole: mean(|e| e.whole) };
        let variance = coefficient * coefficient * measure.entity_variance(&mean);
        parts.push(significance::VarianceComponent::Documents { variance, interaction: 0.0, degrees: (mean.whole - 1.0).max(1.0) });
        let sums = by_method.entry(number).or_insert_with(|| vec![0.0; scores.len()]);
        sums.iter_mut().zip(&scores).for_each(|(sum, score)| *sum += coefficient * score);
    }
    for sums in by_method.into_values() {
        let n = sums.len() as f64;
        if sums.len() < 2 {
            return None;
        }
        let mean = sums.iter().sum::<f64>() / n;
        let variance = sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum::<f64>() / (n - 1.0) / n;
        effect += mean;
        parts.push(significance::VarianceComponent::Seeds { variance, whole: variance, networks: sums.len() });
    }
    Some(Estimate::of(effect, parts))
}
