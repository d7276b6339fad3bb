//! A run of a system that is no neural tagger: from a corpus to what its record is made of.

use super::concepts::primary_id_counts;
use super::{System, SystemError, SystemOutput, TrainingData};
use crate::corpus::{
    Corpus, Document, MenScheme, MerScheme, PerTask, Sentence, TagSpan, align_document, concept_label, encode_men, encode_mer,
};
use crate::evaluate::{ConceptSet, Split, SplitInput, SplitScores, TokenAccuracy, ceilings, score_split};
use crate::lexicon::Lexicon;
use crate::run::gold::GoldTable;
use crate::run::predictions::{Predictions, SplitPredictions};
use crate::run::record::{DataFacts, LexiconFacts, RunRecord, RunState};
use crate::run::spec::{RunSpec, Spans};
use crate::run::splits::as_read;
use crate::run::store::Store;
use crate::train::{Dataset, Progress, Timing, TrainedRun, UnencodedSplit};
use cpu_time::ProcessTime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// What a run of such a system reads.
pub struct SystemInputs<'a> {
    pub corpus: Corpus,
    /// Where runs are that the specification names.
    pub store: &'a Store,
    /// The vocabulary that it names.
    pub lexicon: Option<Lexicon>,
}

/// Trains a system and lets it predict dev and test.
///
/// # Errors
/// [`SystemError`].
pub fn run_system(
    system: &dyn System,
    spec: &RunSpec,
    inputs: SystemInputs,
    progress: &mut dyn Progress,
) -> Result<(TrainedRun, Timing), SystemError> {
    let (name, corpus_sha256) = (inputs.corpus.name.clone(), inputs.corpus.sha256.clone());
    let (corpus, split_facts) = as_read(&spec.data, inputs.corpus);
    let [train, dev, test] = [corpus.train, corpus.dev, corpus.test].map(|documents| UnencodedSplit::new(documents, spec));
    if train.documents.is_empty() {
        return Err(SystemError::EmptyCorpus { corpus: name });
    }
    let spans = named_run(spec, inputs.store, [&dev, &test])?;
    progress.say(&format!("{}: training on {} documents", spec.system.title(), train.documents.len()));
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let data =
        TrainingData { spec, train: &train.documents, dev: &dev.documents, spans: spans.as_deref(), lexicon: inputs.lexicon.as_ref() };
    let trained = system.train(&data)?;
    let mut timing =
        Timing { train_seconds: wall.elapsed().as_secs_f64(), train_cpu_seconds: cpu.elapsed().as_secs_f64(), ..Timing::default() };
    timing.tokens = tokens(&train.sentences);

    let predicting = Instant::now();
    let known = ConceptSet::of(&train.documents, &spec.data.entity_types);
    let mut scored = |split: Split, of: &UnencodedSplit| -> Result<(Option<SplitScores>, SplitPredictions), SystemError> {
        progress.say(&format!("{}: predicting {}", spec.system.title(), split.name()));
        let output = trained.predict(split, &of.documents)?;
        let scores = (!of.documents.is_empty()).then(|| score(spec, of, &output, &known, None));
        let SystemOutput { mer, men, confidence } = output;
        Ok((scores, SplitPredictions { mer, men, confidence, subsets: BTreeMap::new() }))
    };
    let (dev_scores, dev_predictions) = scored(Split::Dev, &dev)?;
    let (test_scores, test_predictions) = scored(Split::Test, &test)?;
    timing.evaluate_seconds = predicting.elapsed().as_secs_f64();

    let types = &spec.data.entity_types;
    let mut facts = trained.facts();
    if let Some(lexicon) = &inputs.lexicon {
        for (name, split, predicted) in [("dev", &dev, &dev_predictions), ("test", &test, &test_predictions)] {
            let counts = primary_id_counts(lexicon, &split.documents, &predicted.men, types);
            facts.insert(format!("{name}_primary_id_f1"), counts.f1());
        }
    }
    let run = TrainedRun {
        data: DataFacts {
            corpus_sha256,
            sentences_train: train.sentences.len() as u64,
            tokens_train: tokens(&train.sentences),
            lexicon: inputs.lexicon.as_ref().map(|lexicon| LexiconFacts::of(&spec.options.lexicon.vocabulary, lexicon)),
            split: split_facts,
            ..DataFacts::default()
        },
        networks: Vec::new(),
        facts,
        dev: dev_scores,
        test: test_scores,
        dev_ceilings: ceilings(&train.documents, &dev.documents, types),
        test_ceilings: ceilings(&train.documents, &test.documents, types),
        gold: GoldTable::new(types, &train.documents, dev.scored(), test.scored()),
        dev_predictions,
        test_predictions,
    };
    Ok((run, timing))
}

fn tokens(sentences: &[Sentence]) -> u64 {
    sentences.iter().map(|sentence| sentence.tokens.len() as u64).sum()
}

/// The predictions of the run that the specification names, if it names one; on the same documents as this one.
fn named_run(spec: &RunSpec, store: &Store, splits: [&UnencodedSplit; 2]) -> Result<Option<Arc<Predictions>>, SystemError> {
    let key = "options.memorizer.spans";
    let Spans::OfRun(id) = &spec.options.memorizer.spans else { return Ok(None) };
    let record: RunRecord = store.named(id)?.ok_or_else(|| SystemError::NoRun { key, id: id.clone() })?;
    let none = |why| SystemError::NoPredictions { key, id: id.clone(), why };
    if record.result.state != RunState::Done {
        return Err(none("it failed"));
    }
    let predictions = record.predictions.ok_or_else(|| none("its record has none"))?;
    for (split, here) in Split::ALL.into_iter().zip(splits) {
        let ids = |documents: &[Document]| documents.iter().map(|document| document.id.clone()).collect::<Vec<_>>();
        let there = &predictions.gold().split(split).documents;
        if ids(there) != ids(&here.documents) {
            let (there, here) = (format!("{} on {}", there.len(), split.name()), here.documents.len().to_string());
            return Err(SystemError::OtherDocuments { key, id: id.clone(), there, here });
        }
    }
    Ok(Some(predictions))
}

/// The scores of a split. Mentions that fit no tokens are left out of the rows of tags alone. Where no `words` are given, there are no
/// subsets by which words a vocabulary knows.
pub(super) fn score(
    spec: &RunSpec,
    split: &UnencodedSplit,
    output: &SystemOutput,
    train_concepts: &ConceptSet,
    words: Option<&Dataset>,
) -> SplitScores {
    let types = &spec.data.entity_types;
    let mer_label = |document: &Document, mention: usize| Some(document.mentions[mention].entity_type.clone());
    let men_label = |document: &Document, mention: usize| {
        concept_label(document.mentions[mention].concept.as_ref(), spec.tags.no_concept, spec.tags.composite)
    };
    let mer_rows = rows(split, &output.mer, &mer_label, &|spans, n| encode_mer(spans, n, MerScheme::Iob2));
    let men_rows = rows(split, &output.men, &men_label, &|spans, n| encode_men(spans, n, MenScheme::Iob2));
    let PerTask { mer: gold_mer, men: gold_men } = &split.gold_rows;
    let mut scores = score_split(&SplitInput {
        gold: &split.documents,
        mer: &output.mer,
        men: &output.men,
        entity_types: types,
        sentences: &split.sentences,
        gold_mer,
        predicted_mer: &mer_rows,
        gold_men,
        predicted_men: &men_rows,
        accuracy: [TokenAccuracy::of(gold_mer, &mer_rows), TokenAccuracy::of(gold_men, &men_rows)].into(),
        train_concepts,
        in_train: &|word| words.is_none_or(|words| words.in_train(word)),
        in_embedding: &|word| words.is_none_or(|words| words.in_embedding(word)),
        unaligned: split.unaligned,
    });
    if words.is_none() {
        scores.oov.clear();
    }
    scores
}

/// IOB2 tags of predicted mentions, one row per sentence.
fn rows(
    split: &UnencodedSplit,
    predicted: &[Document],
    label: &dyn Fn(&Document, usize) -> Option<String>,
    encode: &dyn Fn(&[TagSpan], usize) -> Vec<String>,
) -> Vec<Vec<String>> {
    let mut rows = Vec::with_capacity(split.sentences.len());
    for (index, document) in predicted.iter().enumerate() {
        let first = split.sentences.partition_point(|sentence| sentence.document < index);
        let end = split.sentences.partition_point(|sentence| sentence.document <= index);
        let own = &split.sentences[first..end];
        for (sentence, aligned) in own.iter().zip(align_document(own, &document.mentions)) {
            let span = |s: &crate::corpus::AlignedSpan| Some(TagSpan { start: s.start, end: s.end, label: label(document, s.mention)? });
            let spans: Vec<TagSpan> = aligned.spans.iter().filter_map(span).collect();
            rows.push(encode(&spans, sentence.tokens.len()));
        }
    }
    rows
}
