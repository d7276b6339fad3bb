//! Tags to documents with mentions, and a split's scores.

use super::TrainError;
use super::batches::{Encoder, by_length, unpack};
use super::dataset::{Dataset, Split};
use crate::corpus::{Document, MenScheme, Mention, MerScheme, TagSpan, decode_men, decode_mer, encode_men, encode_mer};
use crate::evaluate::{ConceptSet, SplitInput, SplitScores, TokenAccuracy, score_split};
use crate::nn::Tagger;
use crate::nn::architecture::{MEN, MER};
use crate::nn::backend::Device;
use crate::nn::ops::heads::PerTask;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeMap;

/// Sentences a batch in prediction.
pub const PREDICTION_BATCH: usize = 32;

/// Tags of every sentence of a split; none for a task that the network has not.
pub type SplitTags = PerTask<Option<Vec<Vec<u32>>>>;

/// Tags a split.
pub fn tag<D: Device>(tagger: &Tagger<D>, dataset: &Dataset, split: &Split) -> Result<SplitTags, TrainError> {
    let mut encoder = Encoder::new(dataset);
    let mut tags: SplitTags = tagger.architecture().tags.map(|t| t.map(|_| vec![Vec::new(); split.encoded.len()]));
    for members in by_length(&split.encoded, PREDICTION_BATCH) {
        let batch = encoder.batch(dataset, &split.encoded, &members, None::<&mut Xoshiro256PlusPlus>);
        for (own, predicted) in tags.iter_mut().zip(tagger.predict(&batch, None, false)?) {
            if let (Some(own), Some(predicted)) = (own, predicted) {
                for (r, member) in members.iter().enumerate() {
                    own[*member as usize] = unpack(&predicted.tags, &batch.packing, r, 1);
                }
            }
        }
    }
    Ok(tags)
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
    /// Type that training annotates a concept with most often.
    types: BTreeMap<String, String>,
    fallback: String,
}

impl Reader {
    pub fn new(dataset: &Dataset, entity_types: &[String]) -> Self {
        let fallback = entity_types.first().cloned().unwrap_or_default();
        let mut counts: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
        if entity_types.len() > 1 {
            for mention in dataset.train.documents.iter().flat_map(|d| &d.mentions) {
                if let Some(concept) = &mention.concept {
                    *counts.entry(concept.trim().to_owned()).or_default().entry(&mention.entity_type).or_default() += 1;
                }
            }
        }
        let types =
            counts.into_iter().filter_map(|(concept, of)| Some((concept, of.into_iter().max_by_key(|(_, n)| *n)?.0.to_owned()))).collect();
        Self { types, fallback }
    }

    /// Documents without text, one for each of the split's, with the predicted mentions.
    pub fn read(&self, dataset: &Dataset, split: &Split, tags: &SplitTags) -> Predictions {
        let empty = || -> Vec<Document> { split.documents.iter().map(|d| Document { id: d.id.clone(), ..Document::default() }).collect() };
        let (mut mer, mut men) = (empty(), empty());
        let mut rows = [Vec::new(), Vec::new()];
        for (i, sentence) in split.sentences.iter().enumerate() {
            let n = sentence.tokens.len();
            let spans = [MER, MEN].map(|task| match &tags[task] {
                Some(tags) => {
                    let names: Vec<&str> = tags[i].iter().map(|t| dataset.tag_sets[task].name(*t as usize)).collect();
                    if task == MER { decode_mer(&names, dataset.mer_scheme) } else { decode_men(&names, dataset.men_scheme) }
                }
                None => Vec::new(),
            });
            let mention = |span: &TagSpan| Mention {
                start: sentence.tokens[span.start].start,
                end: sentence.tokens[span.end - 1].end,
                ..Mention::default()
            };
            mer[sentence.document].mentions.extend(spans[MER].iter().map(|s| Mention { entity_type: s.label.clone(), ..mention(s) }));
            men[sentence.document].mentions.extend(spans[MEN].iter().map(|s| Mention {
                entity_type: self.types.get(&s.label).unwrap_or(&self.fallback).clone(),
                concept: Some(s.label.clone()),
                ..mention(s)
            }));
            rows[MER].push(encode_mer(&spans[MER], n, MerScheme::Iob2));
            rows[MEN].push(encode_men(&spans[MEN], n, MenScheme::Iob2));
        }
        let accuracy = [MER, MEN].map(|task| {
            let gold: Vec<Vec<u32>> = split.encoded.iter().map(|s| s.tags[task].clone()).collect();
            match &tags[task] {
                Some(tags) => TokenAccuracy::of(&gold, tags),
                None => TokenAccuracy::default(),
            }
        });
        Predictions { mer, men, rows, accuracy }
    }
}

/// All scores of a split.
pub fn score(dataset: &Dataset, split: &Split, predictions: &Predictions, entity_types: &[String]) -> SplitScores {
    score_split(&SplitInput {
        gold: &split.documents,
        mer: &predictions.mer,
        men: &predictions.men,
        entity_types,
        sentences: &split.sentences,
        gold_mer: &split.gold_rows[MER],
        predicted_mer: &predictions.rows[MER],
        gold_men: &split.gold_rows[MEN],
        predicted_men: &predictions.rows[MEN],
        accuracy_mer: predictions.accuracy[MER],
        accuracy_men: predictions.accuracy[MEN],
        train_concepts: &ConceptSet::of(&dataset.train.documents, entity_types),
        in_train: &|word| dataset.in_train(word),
        in_embedding: &|word| dataset.in_embedding(word),
        unaligned: split.unaligned,
    })
}
