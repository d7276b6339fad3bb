//! `system: lexicon`: a network finds the mentions, a linker names their concepts out of a vocabulary. So the system can name concepts that no
//! training document has, which no closed set of tags can.
//!
//! The network is that of the specification's own sections, trained on the training split as a neural run trains it (of a pipeline its
//! recognition alone, unless normalization is asked for); the linker learns from the gold mentions of the training split. What the two decide
//! together, the least probability of a link and the weight of normalization beside the ranker, is found on dev: whatever gives the best
//! concept F1 there, over the mentions that the network finds. With `options.lexicon.dictionary_mentions` strings of the linker's own dictionary
//! are proposed beside them, and what a proposal is worth is learned on dev too.

mod networks;

use super::SystemOutput;
use super::run::score;
use crate::corpus::{Document, Mention, PerTask};
use crate::evaluate::{ConceptSet, Gold, Split, SplitScores, ceilings, oov_subsets};
use crate::lexicon::evaluation::cross_fitted_calibration_error;
use crate::lexicon::{
    self, ConceptProbabilities, Lexicon, LinkError, LinkOptions, Linked, Linker, ProposalScores, Proposed, Stage, TokenProbability,
};
use crate::nn::Backend;
use crate::nn::buffers::Context;
use crate::run::gold::GoldTable;
use crate::run::identity::DataDigests;
use crate::run::predictions::SplitPredictions;
use crate::run::record::LexiconFacts;
use crate::run::spec::RunSpec;
use crate::run::store::Store;
use crate::train::{
    self, Dataset, Inputs, Outcome, Progress, Reader, SpanConcepts, SplitOutput, TrainError, TrainedNetworks, TrainedRun, UnencodedSplit,
    men_probabilities, mer_probabilities, quantised, train_networks, write_predictions,
};
use cpu_time::ProcessTime;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// The file of the trained linker in a run's work folder.
pub const LINKER_FILE: &str = "linker.bin";

/// Weights of normalization's probability that dev chooses among.
const WEIGHTS: [f64; 8] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0];

/// What a run of the system reads.
pub struct LexiconInputs<'a> {
    pub inputs: Inputs,
    pub vocabulary: Lexicon,
    /// Of the data that was planned with.
    pub digests: &'a DataDigests,
    /// Where other runs are: one that has the same networks spares their training.
    pub store: &'a Store,
}

/// Why a run of the system could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LexiconRunError {
    #[error(transparent)]
    Training(#[from] TrainError),
    #[error("the vocabulary `{vocabulary}` does not fit the corpus")]
    Link {
        vocabulary: String,
        #[source]
        source: LinkError,
    },
}

impl LexiconRunError {
    /// Whether the fault lies in what the run was given.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Training(error) => error.is_bad_input(),
            Self::Link { .. } => true,
        }
    }
}

/// Trains networks and linker, and scores dev and test. The linker is left in `workdir` as [`LINKER_FILE`], beside the networks' parameters.
///
/// # Errors
/// [`LexiconRunError`].
pub fn run_lexicon<D: Backend>(
    device: &Context<D>,
    spec: &RunSpec,
    inputs: LexiconInputs,
    workdir: &Path,
    progress: &mut dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, LexiconRunError> {
    let options = &spec.options.lexicon;
    let LexiconInputs { inputs, vocabulary, digests, store } = inputs;
    let facts = LexiconFacts::of(&options.vocabulary, &vocabulary);
    networks::take_over(spec, digests, store, workdir, progress)?;
    let wanted = PerTask { mer: true, men: options.men_probability };
    let Some(networks) = train_networks(device, spec, inputs, wanted, workdir, progress, stop)? else { return Ok(Outcome::Interrupted) };
    let TrainedNetworks { dataset, mut data, records, dev, test, mut timing } = networks;
    data.lexicon = Some(facts);

    progress.say("lexicon: learning to link");
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let mut linker = trained_linker(spec, vocabulary, &dataset.train.documents)?;
    let calibration_error = (options.stage == Stage::Ranker).then(|| cross_fitted_calibration_error(&mut linker, &dataset.dev.documents));
    let reader = Reader::new(&dataset, &spec.data.entity_types);
    let recognised = |linker: &Linker, split: &train::EncodedSplit, output: SplitOutput| -> Result<Recognised, TrainError> {
        let tags = PerTask { mer: output.tags.mer, men: None };
        let mer = reader.read(&dataset, split, &tags).mer;
        let concepts = match options.men_probability {
            true => Some(men_probabilities(device, spec, &dataset, split, workdir, &mer)?),
            false => None,
        };
        let tokens = match linker.proposes() {
            true => Some(mer_probabilities(device, spec, &dataset, split, workdir)?),
            false => None,
        };
        Ok(Recognised { mer, concepts, tokens })
    };
    let dev = recognised(&linker, &dataset.dev, dev)?;
    let proposals = decide(&mut linker, &dataset.dev.documents, &dev, &spec.data.entity_types);
    timing.train_seconds += wall.elapsed().as_secs_f64();
    timing.train_cpu_seconds += cpu.elapsed().as_secs_f64();

    progress.say("lexicon: linking dev and test");
    let began = Instant::now();
    train::checkpoint::write_whole(&workdir.join(LINKER_FILE), &linker.to_bytes())?;
    let test = recognised(&linker, &dataset.test, test)?;
    let known = ConceptSet::of(&dataset.train.documents, &spec.data.entity_types);
    let scored = |name: Split, split: &train::EncodedSplit, found: Recognised| -> Result<_, TrainError> {
        let output = found.output(&linker, &split.documents);
        let (scores, predictions) = predicted(spec, &dataset, split, output, &known);
        write_predictions(workdir, name, PerTask { mer: &predictions.mer, men: &predictions.men })?;
        Ok((scores, predictions))
    };
    let (dev_scores, dev_predictions) = scored(Split::Dev, &dataset.dev, dev)?;
    let (test_scores, test_predictions) = scored(Split::Test, &dataset.test, test)?;
    timing.evaluate_seconds += began.elapsed().as_secs_f64();

    let types = &spec.data.entity_types;
    let mut facts = BTreeMap::from([
        ("strings".to_owned(), linker.string_count() as f64),
        ("threshold".to_owned(), linker.threshold()),
        ("dev links".to_owned(), dev_predictions.men.iter().map(|document| document.mentions.len()).sum::<usize>() as f64),
    ]);
    if let Some(error) = calibration_error {
        facts.insert("temperature".to_owned(), linker.temperature());
        // It is that of the ranker alone.
        if linker.tagger_weight() == 0.0 {
            facts.insert("dev calibration error".to_owned(), error);
        }
    }
    if let Some(proposals) = proposals {
        facts.insert("dev mention F1, cross-fitted".to_owned(), proposals.mention_f1);
        facts.insert("dev concept F1, cross-fitted".to_owned(), proposals.concept_f1);
        facts.insert("dev concept F1, network's mentions".to_owned(), proposals.recogniser_concept_f1);
    }
    if options.men_probability {
        facts.insert("weight of MEN".to_owned(), linker.tagger_weight());
    }
    let trained = TrainedRun {
        data,
        networks: records,
        facts,
        dev: dev_scores,
        test: test_scores,
        dev_ceilings: ceilings(&dataset.train.documents, &dataset.dev.documents, types),
        test_ceilings: ceilings(&dataset.train.documents, &dataset.test.documents, types),
        gold: GoldTable::new(
            types,
            &dataset.train.documents,
            (&dataset.dev.documents, &dataset.dev.sentences),
            (&dataset.test.documents, &dataset.test.sentences),
        ),
        dev_predictions,
        test_predictions,
    };
    Ok(Outcome::Done(Box::new(trained), timing))
}

fn trained_linker(spec: &RunSpec, vocabulary: Lexicon, documents: &[Document]) -> Result<Linker, LexiconRunError> {
    let options = LinkOptions {
        entity_types: spec.data.entity_types.clone(),
        stage: spec.options.lexicon.stage,
        composites: spec.options.lexicon.composites,
        dictionary_mentions: spec.options.lexicon.dictionary_mentions && spec.options.lexicon.stage == Stage::Ranker,
        ..LinkOptions::default()
    };
    let fault = |source| LexiconRunError::Link { vocabulary: spec.options.lexicon.vocabulary.clone(), source };
    Linker::train(vocabulary, documents, options).map_err(fault)
}

/// What the networks find in a split.
struct Recognised {
    /// Documents without text, with MER's mentions.
    mer: Vec<Document>,
    /// What MEN holds of each of them, where it is asked.
    concepts: Option<Vec<SpanConcepts>>,
    /// What MER holds of each document's tokens, where the linker proposes mentions of its own.
    tokens: Option<Vec<Vec<TokenProbability>>>,
}

impl Recognised {
    fn probabilities(&self, at: usize) -> Option<&dyn ConceptProbabilities> {
        self.concepts.as_ref().map(|concepts| &concepts[at] as &dyn ConceptProbabilities)
    }

    /// Each document's mentions, linked; in their order.
    fn linked(&self, linker: &Linker, documents: &[Document]) -> Vec<Vec<Linked>> {
        let of = |(at, document): (usize, &Document)| {
            let spans: Vec<(usize, usize)> = self.mer[at].mentions.iter().map(|mention| (mention.start, mention.end)).collect();
            linker.link(document, &spans, self.probabilities(at))
        };
        documents.iter().enumerate().map(of).collect()
    }

    /// Each document's mentions beside those that the linker proposes itself; `None` where it proposes none.
    fn proposed(&self, linker: &Linker, documents: &[Document]) -> Option<Vec<Vec<Proposed>>> {
        let tokens = self.tokens.as_ref()?;
        let of = |(at, document): (usize, &Document)| {
            let found = lexicon::Recognised { mentions: &self.mer[at].mentions, tokens: &tokens[at] };
            linker.propose(document, found, self.probabilities(at))
        };
        Some(documents.iter().enumerate().map(of).collect())
    }

    /// What the system says of the documents.
    fn output(self, linker: &Linker, documents: &[Document]) -> SystemOutput {
        if let Some(proposed) = self.proposed(linker, documents) {
            let (men, confidence) = linker.normalized(documents, &proposed);
            let confidence = confidence.into_iter().map(|row| row.into_iter().map(quantised).collect()).collect();
            return SystemOutput { mer: linker.recognised(documents, &proposed), men, confidence };
        }
        let linked = self.linked(linker, documents);
        let links = self.mer.iter().zip(&linked).map(|(mer, linked)| men_of(mer, linked, linker.threshold()));
        let (men, confidence) = links.unzip();
        SystemOutput { mer: self.mer, men, confidence }
    }
}

/// Sets what dev decides: the linker's threshold, its weight of normalization where that was asked, and what mentions of its own are worth where
/// it proposes any: whatever has the best concept F1 on dev; of several the lowest.
fn decide(linker: &mut Linker, documents: &[Document], found: &Recognised, entity_types: &[String]) -> Option<ProposalScores> {
    let weights = if found.concepts.is_some() { &WEIGHTS[..] } else { &WEIGHTS[..1] };
    if found.tokens.is_some() {
        let mut best: Option<(f64, f64)> = None;
        for &weight in weights.iter().filter(|_| weights.len() > 1) {
            linker.set_tagger_weight(weight);
            let scores = linker.learn_proposals(documents, &mut found.proposed(linker, documents)?);
            let f1 = scores.concept_f1.max(scores.recogniser_concept_f1);
            if best.is_none_or(|(most, _)| f1 > most) {
                best = Some((f1, weight));
            }
        }
        linker.set_tagger_weight(best.map_or(0.0, |(_, weight)| weight));
        return Some(linker.learn_proposals(documents, &mut found.proposed(linker, documents)?));
    }
    let gold = Gold::new(documents, entity_types);
    let mut best: Option<(f64, f64, f64)> = None;
    for &weight in weights {
        linker.set_tagger_weight(weight);
        let linked = found.linked(linker, documents);
        for step in 0..100 {
            let threshold = f64::from(step) / 100.0;
            let men: Vec<Document> = found.mer.iter().zip(&linked).map(|(mer, linked)| men_of(mer, linked, threshold).0).collect();
            let f1 = gold.concepts(&men).kit.f1();
            if best.is_none_or(|(most, ..)| f1 > most) {
                best = Some((f1, weight, threshold));
            }
        }
    }
    // Without a document there is nothing to decide by.
    if let (Some((_, weight, threshold)), false) = (best, documents.is_empty()) {
        linker.set_tagger_weight(weight);
        linker.set_threshold(threshold);
    } else {
        linker.set_tagger_weight(0.0);
    }
    None
}

/// A document's mentions with their links, those whose probability reaches the threshold; and the probabilities, in steps of 1/255.
fn men_of(mer: &Document, linked: &[Linked], threshold: f64) -> (Document, Vec<u8>) {
    let (mut mentions, mut confidence) = (Vec::new(), Vec::new());
    for (mention, linked) in mer.mentions.iter().zip(linked) {
        if let Some(best) = linked.best().filter(|best| best.probability >= threshold) {
            mentions.push(Mention { concept: Some(best.ids.join("|").into()), ..mention.clone() });
            confidence.push(quantised(best.probability));
        }
    }
    (Document { id: mer.id.clone(), mentions, ..Document::default() }, confidence)
}

fn predicted(
    spec: &RunSpec,
    dataset: &Dataset,
    split: &train::EncodedSplit,
    output: SystemOutput,
    known: &ConceptSet,
) -> (Option<SplitScores>, SplitPredictions) {
    let unencoded = UnencodedSplit {
        documents: split.documents.clone(),
        sentences: split.sentences.clone(),
        gold_rows: split.gold_rows.clone(),
        unaligned: split.unaligned,
    };
    let scores = (!split.documents.is_empty()).then(|| score(spec, &unencoded, &output, known, Some(dataset)));
    let SystemOutput { mer, men, confidence } = output;
    let words = [&mer[..], &men[..]];
    let subsets = oov_subsets(&split.documents, words, &|word| dataset.in_train(word), &|word| dataset.in_embedding(word));
    (scores, SplitPredictions { mer, men, confidence, subsets })
}
