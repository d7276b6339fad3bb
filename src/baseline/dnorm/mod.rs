//! DNorm (Leaman, Islamaj Doğan and Lu, Bioinformatics 2013): BANNER's recogniser, and concepts by pairwise learning to rank.
//!
//! Not as there: parts of speech are no features (no tagger), pairs of labels have one weight each ([`crate::baseline::crf`]), training
//! ends by dev, and only the training split is learned from (the published model was trained with dev).

mod ranking;

use super::concepts::{WrittenIds, ids};
use super::crf::CrfOptions;
use super::found::{SystemMention, mentions, output, without_overlaps};
use super::names::Names;
use super::recogniser::Recogniser;
use super::{System, SystemError, SystemOutput, TrainedSystem, TrainingData};
use crate::corpus::{CharIndex, Document};
use crate::evaluate::{Gold, Split};
use crate::lexicon::Lexicon;
use crate::lexicon::abbreviation::{Detector, ShortForms, abbreviations};
use crate::lexicon::dictionary::whole_words;
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use ranking::{Example, Ranking, RankingOptions};
use std::collections::{BTreeMap, HashMap};

/// The system `dnorm`.
pub struct DNormSystem;

impl System for DNormSystem {
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
        let (types, options) = (&data.spec.data.entity_types, &data.spec.options.dnorm);
        let lexicon = data.lexicon()?;
        let gold = Gold::new(data.dev, types);
        let judge = |found: &[Vec<SystemMention>]| gold.mentions(&output(data.dev, found).mer).kit.f1();
        let crf = CrfOptions { variance: options.variance, iterations: options.iterations };
        let recogniser = Recogniser::train(data.train, data.dev, types, crf, judge);

        let texts: Vec<(String, Vec<u32>)> = data.train.iter().flat_map(|document| annotated(document, types, lexicon)).collect();
        let names = Names::new(lexicon, texts.iter().map(|(text, _)| text.as_str()));
        let train = examples(&names, &texts);
        let dev: Vec<(String, Vec<u32>)> = data.dev.iter().flat_map(|document| annotated(document, types, lexicon)).collect();
        let dev = examples(&names, &dev);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(data.spec.seed);
        let learning = RankingOptions { rate: options.rate as f32, passes: options.passes };
        let (ranking, passes) = Ranking::learn(&names, &train, &dev, learning, &mut rng);
        let concepts = names.by_concept();
        // Written out here: a trained system does not keep its vocabulary.
        let ids = WrittenIds::learn(lexicon, data.train, types);
        let written = (0..lexicon.len()).map(|concept| ids.write(lexicon, concept).to_owned()).collect();
        Ok(Box::new(DNorm { recogniser, names, concepts, ranking, passes, written }))
    }
}

/// Mentions' texts with short forms expanded, and the numbers of their concepts.
fn annotated(document: &Document, types: &[String], lexicon: &Lexicon) -> Vec<(String, Vec<u32>)> {
    let forms = ShortForms::of(&document.text(), Detector::default());
    let annotated = mentions(document, types).map(|mention| {
        let concepts = ids(mention).filter_map(|id| lexicon.find(id)).map(|concept| concept as u32).collect();
        (forms.expand(&mention.text).unwrap_or_else(|| mention.text.clone()), concepts)
    });
    annotated.collect()
}

/// One example for each concept of a mention that has a vector.
fn examples(names: &Names, texts: &[(String, Vec<u32>)]) -> Vec<Example> {
    let mut examples = Vec::new();
    for (text, concepts) in texts {
        let vector = names.vector(text);
        if !vector.is_empty() {
            examples.extend(concepts.iter().map(|&concept| Example { vector: vector.clone(), concept }));
        }
    }
    examples
}

struct DNorm {
    recogniser: Recogniser,
    names: Names,
    concepts: Vec<(u32, usize, usize)>,
    ranking: Ranking,
    passes: usize,
    /// The id that is written for each concept.
    written: Vec<String>,
}

impl TrainedSystem for DNorm {
    fn predict(&self, _: Split, documents: &[Document]) -> Result<SystemOutput, SystemError> {
        let mut known: HashMap<String, Option<u32>> = HashMap::new();
        let found: Vec<Vec<SystemMention>> =
            documents.iter().enumerate().map(|(index, document)| self.annotate(index, document, &mut known)).collect();
        Ok(output(documents, &found))
    }

    fn facts(&self) -> BTreeMap<String, f64> {
        BTreeMap::from([
            ("recogniser_iterations".to_owned(), self.recogniser.iterations as f64),
            ("recogniser_weights".to_owned(), self.recogniser.size() as f64),
            ("ranking_passes".to_owned(), self.passes as f64),
            ("ranking_rows".to_owned(), self.ranking.rows() as f64),
            ("words".to_owned(), self.names.dimension() as f64),
            ("names".to_owned(), self.names.names.len() as f64),
        ])
    }
}

impl DNorm {
    fn annotate(&self, index: usize, document: &Document, known: &mut HashMap<String, Option<u32>>) -> Vec<SystemMention> {
        let text = document.text();
        let characters = CharIndex::new(&text);
        let surface = |found: &SystemMention| characters.slice(found.start, found.end).unwrap_or_default();
        let balanced = |found: &SystemMention| {
            let surface = surface(found);
            surface.matches('(').count() == surface.matches(')').count()
        };
        let recognised = self.recogniser.find(index, document);
        let found = spread(&text, recognised.into_iter().filter(balanced).collect());
        let forms = ShortForms::of(&text, Detector::default());
        let link = |mut found: SystemMention| {
            let text = forms.expand(surface(&found)).unwrap_or_else(|| surface(&found).to_owned());
            let concept = match known.get(&text) {
                Some(known) => *known,
                None => {
                    let concept = self.ranking.link(&self.names, &self.concepts, &self.names.vector(&text));
                    known.insert(text, concept);
                    concept
                }
            };
            found.concept = concept.map(|concept| self.written[concept as usize].as_str().into());
            found
        };
        found.into_iter().map(link).collect()
    }
}

/// Every string that was found, and the short or long form that the document gives it, wherever it stands as a word; of overlapping ones the
/// longest.
fn spread(text: &str, mut found: Vec<SystemMention>) -> Vec<SystemMention> {
    let characters = CharIndex::new(text);
    let mut strings: BTreeMap<String, String> = BTreeMap::new();
    for one in &found {
        let surface = characters.slice(one.start, one.end).unwrap_or_default();
        strings.entry(surface.to_owned()).or_insert_with(|| one.entity_type.clone());
    }
    for definition in abbreviations(text, Detector::default()) {
        let (short, long) = (strings.get(&definition.short).cloned(), strings.get(&definition.long).cloned());
        match (short, long) {
            (Some(entity_type), None) => drop(strings.insert(definition.long, entity_type)),
            (None, Some(entity_type)) => drop(strings.insert(definition.short, entity_type)),
            _ => {}
        }
    }
    for (string, entity_type) in &strings {
        let further =
            whole_words(text, string).map(|(start, end)| SystemMention { start, end, entity_type: entity_type.clone(), concept: None });
        found.extend(further);
    }
    found.sort();
    found.dedup();
    without_overlaps(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start: usize, end: usize) -> SystemMention {
        SystemMention { start, end, entity_type: "Disease".into(), concept: None }
    }

    #[test]
    fn a_string_that_was_found_is_found_everywhere_with_its_partner() {
        let text = "renal ache (RA) is RA. No RAT has renal ache.";
        let spans: Vec<(usize, usize)> = spread(text, vec![found(0, 10)]).into_iter().map(|found| (found.start, found.end)).collect();
        assert_eq!(spans, [(0, 10), (12, 14), (19, 21), (34, 44)]);
        assert!(spread("nothing", Vec::new()).is_empty());
    }
}
