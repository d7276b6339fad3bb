//! Tags to documents with mentions, and a split's scores.

use super::TrainError;
use super::batches::{Encoder, by_length, unpack};
use super::dataset::{Dataset, Encoded, EncodedSplit};
use super::decoder::ConceptTypes;
use super::word_types::WordTypes;
use crate::corpus::{Document, MenScheme, Mention, MerScheme, PerTask, TagSpan, Task, encode_men, encode_mer};
use crate::evaluate::{ConceptSet, SplitInput, SplitScores, TokenAccuracy, oov_subsets, score_split};
use crate::nn::Backend;
use crate::nn::Tagger;
use crate::run::predictions::SplitPredictions;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Sentences a batch in prediction.
pub const PREDICTION_BATCH: usize = 32;

/// Tags of every sentence of a split; none for a task that the network has not.
pub type SplitTags = PerTask<Option<Vec<Vec<u32>>>>;

/// What a network says about one sentence; nothing for a task that it has not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tagged {
    /// One a token.
    pub tags: PerTask<Option<Vec<u32>>>,
    /// tokens x tags, if asked for: log-softmax of the scores, with a CRF the logarithms of its posterior marginals.
    pub log_probabilities: PerTask<Option<Vec<f32>>>,
}

/// Tags sentences over the words `types`.
pub fn tag<D: Backend>(tagger: &Tagger<D>, types: &WordTypes, sentences: &[Encoded]) -> Result<SplitTags, TrainError> {
    let mut tags: SplitTags = tagger.architecture().tags.map(|t| t.map(|_| vec![Vec::new(); sentences.len()]));
    tag_with(tagger, types, sentences, false, |sentence, tagged| {
        for (task, own) in tagged.tags {
            if let (Some(all), Some(own)) = (&mut tags[task], own) {
                all[sentence] = own;
            }
        }
    })?;
    Ok(tags)
}

/// What a run's networks emit for a split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitOutput {
    pub tags: SplitTags,
    /// How probable the emitted tags are: for each sentence, one number a token.
    pub confidences: PerTask<Option<Vec<Vec<f32>>>>,
}

impl SplitOutput {
    /// Tags sentences over the words `types`, as [`tag`] does, with the probabilities of the emitted tags.
    pub fn of<D: Backend>(tagger: &Tagger<D>, types: &WordTypes, sentences: &[Encoded]) -> Result<Self, TrainError> {
        let widths = tagger.architecture().tags;
        let mut output = Self {
            tags: widths.map(|t| t.map(|_| vec![Vec::new(); sentences.len()])),
            confidences: widths.map(|t| t.map(|_| vec![Vec::new(); sentences.len()])),
        };
        tag_with(tagger, types, sentences, true, |sentence, mut tagged| {
            for task in Task::ALL {
                let (Some(width), Some(tags), Some(log)) = (widths[task], tagged.tags[task].take(), &tagged.log_probabilities[task]) else {
                    continue;
                };
                if let (Some(all_tags), Some(all)) = (&mut output.tags[task], &mut output.confidences[task]) {
                    let rows = log.chunks_exact(width.max(1)).zip(&tags);
                    all[sentence] = rows.map(|(row, tag)| libm::expf(row[*tag as usize])).collect();
                    all_tags[sentence] = tags;
                }
            }
        })?;
        Ok(output)
    }

    /// Drops the output of the other tasks.
    pub fn keep(&mut self, wanted: impl Fn(Task) -> bool) {
        for task in Task::ALL.into_iter().filter(|task| !wanted(*task)) {
            (self.tags[task], self.confidences[task]) = (None, None);
        }
    }

    /// Takes over what another network emits.
    pub fn add(&mut self, other: Self) {
        for ((task, tags), (_, confidences)) in other.tags.into_iter().zip(other.confidences) {
            if tags.is_some() {
                (self.tags[task], self.confidences[task]) = (tags, confidences);
            }
        }
    }
}

/// Tags sentences, and reports each with its index as soon as its batch is done, the longest first. Empty sentences are not reported.
pub fn tag_with<D: Backend>(
    tagger: &Tagger<D>,
    types: &WordTypes,
    sentences: &[Encoded],
    probabilities: bool,
    mut tell: impl FnMut(usize, Tagged),
) -> Result<(), TrainError> {
    let mut encoder = Encoder::new(types);
    let widths = tagger.architecture().tags;
    for members in by_length(sentences, PREDICTION_BATCH) {
        let batch = encoder.batch(types, sentences, &members, None::<&mut Xoshiro256PlusPlus>);
        let predicted = tagger.predict(&batch, None, probabilities)?;
        for (r, member) in members.iter().enumerate() {
            let mut tagged = Tagged::default();
            for (task, predicted) in predicted.iter() {
                let (Some(predicted), Some(width)) = (predicted, widths[task]) else { continue };
                tagged.tags[task] = Some(unpack(&predicted.tags, &batch.packing, r, 1));
                tagged.log_probabilities[task] = predicted.log_probabilities.as_ref().map(|log| unpack(log, &batch.packing, r, width));
            }
            tell(*member as usize, tagged);
        }
    }
    Ok(())
}

/// What a system says about a split.
pub struct Predictions {
    /// Spans with type: MER's output.
    pub mer: Vec<Document>,
    /// Spans with type and concept: MEN's output.
    pub men: Vec<Document>,
    /// The same as IOB2 rows.
    rows: PerTask<Vec<Vec<String>>>,
    accuracy: PerTask<TokenAccuracy>,
}

/// Reads tags back into mentions.
pub struct Reader {
    types: ConceptTypes,
}

impl Reader {
    pub fn new(dataset: &Dataset, entity_types: &[String]) -> Self {
        Self { types: ConceptTypes::new(&dataset.train.documents, entity_types) }
    }

    /// Documents without text, one for each of the split's, with the predicted mentions.
    pub fn read(&self, dataset: &Dataset, split: &EncodedSplit, tags: &SplitTags) -> Predictions {
        let empty = || -> Vec<Document> { split.documents.iter().map(|d| Document { id: d.id.clone(), ..Document::default() }).collect() };
        let (mut mer, mut men) = (empty(), empty());
        let mut rows = PerTask::<Vec<Vec<String>>>::default();
        for (i, sentence) in split.sentences.iter().enumerate() {
            let n = sentence.tokens.len();
            let spans = PerTask::of(|task| tags[task].as_ref().map_or_else(Vec::new, |tags| dataset.decoder.spans(task, &tags[i])));
            let mention = |span: &TagSpan| Mention {
                start: sentence.tokens[span.start].start,
                end: sentence.tokens[span.end - 1].end,
                ..Mention::default()
            };
            mer[sentence.document].mentions.extend(spans[Task::Mer].iter().map(|s| Mention { entity_type: s.label.clone(), ..mention(s) }));
            men[sentence.document].mentions.extend(spans[Task::Men].iter().map(|s| Mention {
                entity_type: self.types.of(&s.label).to_owned(),
                concept: Some(s.label.as_str().into()),
                ..mention(s)
            }));
            rows[Task::Mer].push(encode_mer(&spans[Task::Mer], n, MerScheme::Iob2));
            rows[Task::Men].push(encode_men(&spans[Task::Men], n, MenScheme::Iob2));
        }
        let accuracy = PerTask::of(|task| {
            let gold: Vec<Vec<u32>> = split.encoded.iter().map(|s| s.tags[task].clone()).collect();
            match &tags[task] {
                Some(tags) => TokenAccuracy::of(&gold, tags),
                None => TokenAccuracy::default(),
            }
        });
        Predictions { mer, men, rows, accuracy }
    }
}

/// A probability in 256 steps.
pub fn quantised(probability: f64) -> u8 {
    (probability.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// What a run's record keeps of its predictions on a split; MEN's confidence in a mention is the mean over the mention's tokens.
pub fn split_predictions(dataset: &Dataset, split: &EncodedSplit, output: &SplitOutput, predictions: &Predictions) -> SplitPredictions {
    let (mer, men) = (predictions.mer.clone(), predictions.men.clone());
    let mut confidence = Vec::new();
    if let (Some(tags), Some(confidences)) = (&output.tags[Task::Men], &output.confidences[Task::Men]) {
        confidence = vec![Vec::new(); men.len()];
        for ((sentence, tags), of_tokens) in split.sentences.iter().zip(tags).zip(confidences) {
            // The order of the spans is that of the mentions that were made of them.
            for span in dataset.decoder.spans(Task::Men, tags) {
                let mean = of_tokens[span.start..span.end].iter().map(|p| f64::from(*p)).sum::<f64>() / (span.end - span.start) as f64;
                confidence[sentence.document].push(quantised(mean));
            }
        }
    }
    let subsets = oov_subsets(&split.documents, [&mer, &men], &|word| dataset.in_train(word), &|word| dataset.in_embedding(word));
    SplitPredictions { mer, men, confidence, subsets }
}

/// All scores of a split.
pub fn score(dataset: &Dataset, split: &EncodedSplit, predictions: &Predictions, entity_types: &[String]) -> SplitScores {
    score_split(&SplitInput {
        gold: &split.documents,
        mer: &predictions.mer,
        men: &predictions.men,
        entity_types,
        sentences: &split.sentences,
        gold_mer: &split.gold_rows[Task::Mer],
        predicted_mer: &predictions.rows[Task::Mer],
        gold_men: &split.gold_rows[Task::Men],
        predicted_men: &predictions.rows[Task::Men],
        accuracy: predictions.accuracy,
        train_concepts: &ConceptSet::of(&dataset.train.documents, entity_types),
        in_train: &|word| dataset.in_train(word),
        in_embedding: &|word| dataset.in_embedding(word),
        unaligned: split.unaligned,
    })
}
