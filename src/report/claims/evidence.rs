//! What the runs of one comparison show.

use super::cells::{Comparison, On, label};
use super::effect::{Effects, Method, Weighted};
use super::paper;
use super::runs::runs_of;
use super::scores::{Measure, ids};
use crate::evaluate::significance::Estimate;
use crate::experiment::claims_file::Systems;
use crate::report::system::PaperCorpus;
use crate::run::record::RunRecord;
use crate::run::spec::RunSpec;

/// Where the runs come from and which of them belong together.
pub(super) struct Source<'a> {
    pub records: &'a [RunRecord],
    pub setting: &'a RunSpec,
    pub ignoring: &'a [String],
}

/// A comparison as a weighted sum: first less second, gain less gain, or first less a published figure.
#[derive(Clone, Debug)]
pub(super) struct Evidence<'a> {
    pub terms: Vec<Weighted<'a>>,
    /// What is published and what the claim adds to it; 0 where the other side is run here.
    pub constant: f64,
    /// The methods of each side. In a comparison of gains both gain over the second.
    pub first: Vec<Method<'a>>,
    pub second: Vec<Method<'a>>,
    /// None with a single run on a side.
    pub estimate: Option<Estimate>,
}

impl<'a> Source<'a> {
    /// # Errors
    /// Why the comparison is not run.
    pub fn of(&self, comparison: &Comparison, by: f64, effects: &Effects) -> Result<Evidence<'a>, String> {
        let mut evidence = self.gather(comparison, by)?;
        let mut methods = evidence.first.iter().chain(&evidence.second).flat_map(|method| &method.runs);
        let documents = |run: &&&'a RunRecord| (run.result.data.corpus_sha256.clone(), ids(run).join(" "));
        if let Some(one) = methods.next().map(|run| documents(&run))
            && methods.any(|run| documents(&run) != one)
        {
            return Err("its runs were scored on different documents".to_owned());
        }
        if evidence.terms.iter().any(|term| term.method.scores(term.measure).is_none()) {
            return Err("a record lacks the scores that it asks for".to_owned());
        }
        evidence.estimate = effects.estimate(&evidence.terms, evidence.constant);
        Ok(evidence)
    }

    fn gather(&self, comparison: &Comparison, by: f64) -> Result<Evidence<'a>, String> {
        let Some(second) = &comparison.second else { return self.against_published(comparison, by) };
        let (first, second) = self.sides(&comparison.first, second, &comparison.corpus)?;
        let gain = |coefficient: f64, one: &Method<'a>, other: &Method<'a>, measure: Measure| {
            [(coefficient, one), (-coefficient, other)].map(|(coefficient, method)| Weighted {
                coefficient,
                method: method.clone(),
                measure,
            })
        };
        let mut evidence =
            Evidence { terms: Vec::new(), constant: 0.0, first: vec![first.clone()], second: vec![second.clone()], estimate: None };
        match comparison.on {
            On::F1(task) => evidence.terms.extend(gain(1.0, &first, &second, Measure::F1(task))),
            On::Boundary => evidence.terms.extend(gain(1.0, &first, &second, Measure::Boundary)),
            On::Subset(task, subset) => evidence.terms.extend(gain(1.0, &first, &second, Measure::Subset(task, subset))),
            On::SubsetGains(task, large, small) => {
                evidence.terms.extend(gain(1.0, &first, &second, Measure::Subset(task, large)));
                evidence.terms.extend(gain(-1.0, &first, &second, Measure::Subset(task, small)));
            }
            On::TaskGains(task, other_task) => {
                let (other, other_base) = comparison.against.as_ref().ok_or("the claim names no second gain")?;
                let (other, other_base) = self.sides(other, other_base, &comparison.corpus)?;
                evidence.terms.extend(gain(1.0, &first, &second, Measure::F1(task)));
                evidence.terms.extend(gain(-1.0, &other, &other_base, Measure::F1(other_task)));
                evidence.first.push(other);
                evidence.second.push(other_base);
            }
        }
        Ok(evidence)
    }

    fn sides(&self, first: &Systems, second: &Systems, corpus: &str) -> Result<(Method<'a>, Method<'a>), String> {
        let of = |systems: &Systems, other: &Systems| {
            self.runs(systems, corpus)
                .map_err(|why| if why == "not run" { format!("{} not run", label(systems, Some(other))) } else { why })
        };
        Ok((of(first, second)?, of(second, first)?))
    }

    fn runs(&self, systems: &Systems, corpus: &str) -> Result<Method<'a>, String> {
        runs_of(self.records, systems, corpus, self.setting, self.ignoring)
    }

    /// A published figure has no spread: only the runs' own uncertainty counts.
    fn against_published(&self, comparison: &Comparison, by: f64) -> Result<Evidence<'a>, String> {
        let On::F1(task) = comparison.on else { return Err("published figures are F1 of all entities".to_owned()) };
        let published = PaperCorpus::of(&comparison.corpus).and_then(|corpus| paper::best_previous(corpus.key(), task.key()));
        let (_, published) = published.ok_or("the paper's Table 2 has no previous figure for it")?;
        let method = self.runs(&comparison.first, &comparison.corpus)?;
        let terms = vec![Weighted { coefficient: 1.0, method: method.clone(), measure: Measure::F1(task) }];
        Ok(Evidence { terms, constant: published + by, first: vec![method], second: Vec::new(), estimate: None })
    }
}

impl Evidence<'_> {
    /// The fewest and the most runs of a method in it.
    pub fn seeds(&self) -> (usize, usize) {
        let seeds = || self.first.iter().chain(&self.second).map(Method::seeds);
        (seeds().min().unwrap_or(0), seeds().max().unwrap_or(0))
    }

    /// First less second (or its other difference) of the observed means, whether or not it can be judged.
    pub fn difference(&self) -> f64 {
        let mean = |term: &Weighted| {
            let scores = term.method.scores(term.measure).unwrap_or_default();
            term.coefficient * scores.iter().sum::<f64>() / scores.len().max(1) as f64
        };
        self.terms.iter().map(mean).sum::<f64>() - self.constant
    }
}
