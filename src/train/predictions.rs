//! Tags to documents with mentions, and a split's scores.

use super::TrainError;
use super::batches::{Encoder, by_length, unpack};
use super::dataset::{Dataset, Encoded, Split};
use super::decoder::ConceptTypes;
use super::word_types::WordTypes;
use crate::corpus::{Document, MenScheme, Mention, MerScheme, TagSpan, encode_men, encode_mer};
use crate::evaluate::{ConceptSet, SplitInput, SplitScores, TokenAccuracy, score_split};
use crate::nn::Backend;
use crate::nn::Tagger;
use crate::nn::architecture::{MEN, MER};
use crate::nn::ops::heads::PerTask;
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
        for (all, own) in tags.iter_mut().zip(tagged.tags) {
            if let (Some(all), Some(own)) = (all, own) {
                all[sentence] = own;
            }
        }
    })?;
    Ok(tags)
}

/// Tags sentences, and tells each with its index as soon as its batch is done, the longest first. Empty sentences are not told.
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
            for (task, predicted) in predicted.iter().enumerate() {
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
    pub fn read(&self, dataset: &Dataset, split: &Split, tags: &SplitTags) -> Predictions {
        let empty = || -> Vec<Document> { split.documents.iter().map(|d| Document { id: d.id.clone(), ..Document::default() }).collect() };
        let (mut mer, mut men) = (empty(), empty());
        let mut rows = [Vec::new(), Vec::new()];
        for (i, sentence) in split.sentences.iter().enumerate() {
            let n = sentence.tokens.len();
            let spans = [MER, MEN].map(|task| tags[task].as_ref().map_or_else(Vec::new, |tags| dataset.decoder.spans(task, &tags[i])));
            let mention = |span: &TagSpan| Mention {
                start: sentence.tokens[span.start].start,
                end: sentence.tokens[span.end - 1].end,
                ..Mention::default()
            };
            mer[sentence.document].mentions.extend(spans[MER].iter().map(|s| Mention { entity_type: s.label.clone(), ..mention(s) }));
            men[sentence.document].mentions.extend(spans[MEN].iter().map(|s| Mention {
                entity_type: self.types.of(&s.label).to_owned(),
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
