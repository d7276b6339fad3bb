//! The exact-string memorizer as a system of its own: it finds the strings that training annotates, longest match first, and gives each
//! the type and concept it has most often there. It is the floor of Table 2: what is reached without any generalisation.

use super::{System, SystemError, SystemOutput, TrainedSystem, TrainingData};
use crate::corpus::{CharIndex, ConceptIds, Document, Mention, Token, sentences, tokenize};
use crate::evaluate::{Split, SurfaceDictionary, concept_string};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// Strings of training mentions as a tree of tokens.
///
/// A token with a capital past its first letter must be met as it is written, for `AS` is a disease and `as` is none; any
/// other may be met in either case. A string is used where training annotates it in at least half of the places where it stands.
/// (Both rules gave the better dev scores on NCBI and BC5CDR.)
#[derive(Clone, Debug, Default)]
pub struct Memorizer {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    next: HashMap<String, usize>,
    /// What the string that ends here is.
    ends: Option<Meaning>,
}

#[derive(Clone, Debug)]
struct Meaning {
    entity_type: String,
    concept: Option<ConceptIds>,
    /// Places in training where the string stands annotated, and where a longest match finds it.
    annotated: usize,
    found: usize,
}

impl Memorizer {
    /// Learns the mentions of the given types.
    pub fn train(documents: &[Document], entity_types: &[String]) -> Self {
        let mut memorizer = Self { nodes: vec![Node::default()] };
        for entity_type in entity_types {
            let dictionary = SurfaceDictionary::of(documents, std::slice::from_ref(entity_type));
            for mention in documents.iter().flat_map(|document| &document.mentions).filter(|mention| mention.entity_type == *entity_type) {
                let concept = dictionary.concept_of(&mention.text).filter(|concept| !concept.is_empty()).map(ConceptIds::from);
                memorizer.learn(mention, concept);
            }
        }
        for (i, document) in documents.iter().enumerate() {
            for (node, start, end) in memorizer.matches(i, document) {
                let Some(meaning) = &mut memorizer.nodes[node].ends else { continue };
                meaning.found += 1;
                let annotated =
                    |mention: &Mention| (mention.start, mention.end) == (start, end) && mention.entity_type == meaning.entity_type;
                meaning.annotated += usize::from(document.mentions.iter().any(annotated));
            }
        }
        for node in &mut memorizer.nodes {
            node.ends.take_if(|meaning| 2 * meaning.annotated < meaning.found);
        }
        memorizer
    }

    fn learn(&mut self, mention: &Mention, concept: Option<ConceptIds>) {
        let mut node = 0;
        for token in tokenize(&mention.text) {
            let new = self.nodes.len();
            let next = *self.nodes[node].next.entry(folded(&token.text).into_owned()).or_insert(new);
            if next == new {
                self.nodes.push(Node::default());
            }
            node = next;
        }
        // The first type that has a string keeps it. A mention without a token, such as a blank, would end at the root.
        if node != 0 && self.nodes[node].ends.is_none() {
            self.nodes[node].ends = Some(Meaning { entity_type: mention.entity_type.clone(), concept, annotated: 0, found: 0 });
        }
    }

    /// (Node, start, end) of the strings found from left to right within each sentence, in characters; none overlap.
    fn matches(&self, index: usize, document: &Document) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        for sentence in sentences(index, document) {
            let mut tokens = sentence.tokens.as_slice();
            while let Some(first) = tokens.first() {
                let length = match self.longest(tokens) {
                    Some((node, length)) => {
                        found.push((node, first.start, tokens[length - 1].end));
                        length
                    }
                    None => 1,
                };
                tokens = &tokens[length..];
            }
        }
        found
    }

    /// Node and number of tokens of the longest known string at the head of `tokens`.
    fn longest(&self, tokens: &[Token]) -> Option<(usize, usize)> {
        let mut node = 0;
        let mut longest = None;
        for (i, token) in tokens.iter().enumerate() {
            match self.nodes.get(node).and_then(|node| node.next.get(folded(&token.text).as_ref())) {
                Some(&next) => node = next,
                None => break,
            }
            if self.nodes[node].ends.is_some() {
                longest = Some((node, i + 1));
            }
        }
        longest
    }

    /// The documents with the mentions found in place of their own.
    pub fn predict(&self, documents: &[Document]) -> Vec<Document> {
        let predict = |(i, document): (usize, &Document)| {
            let characters: Vec<char> = document.text().chars().collect();
            let mention = |(node, start, end): (usize, usize, usize)| {
                let meaning = self.nodes[node].ends.as_ref()?;
                let text = characters[start..end].iter().collect();
                Some(Mention {
                    start,
                    end,
                    text,
                    entity_type: meaning.entity_type.clone(),
                    concept: meaning.concept.clone(),
                    ..Mention::default()
                })
            };
            Document {
                id: document.id.clone(),
                title: document.title.clone(),
                abstract_text: document.abstract_text.clone(),
                mentions: self.matches(i, document).into_iter().filter_map(mention).collect(),
                ..Document::default()
            }
        };
        documents.iter().enumerate().map(predict).collect()
    }
}

/// The token in lower case, unless it has a capital past its first letter.
fn folded(token: &str) -> Cow<'_, str> {
    let mut letters = token.chars();
    let first_is_upper = letters.next().is_some_and(char::is_uppercase);
    let keeps_case = letters.any(char::is_uppercase);
    if first_is_upper && !keeps_case { Cow::Owned(token.to_lowercase()) } else { Cow::Borrowed(token) }
}

/// The memorizer as the system of a run (`system: memorizer`).
pub struct MemorizerSystem;

/// With its own longest match, or with another run's mentions.
enum Trained {
    Own(Memorizer),
    Given { dictionaries: Vec<(String, SurfaceDictionary)>, mentions: [Vec<Document>; 2] },
}

impl System for MemorizerSystem {
    fn train(&self, data: &TrainingData) -> Result<Box<dyn TrainedSystem>, SystemError> {
        let types = &data.spec.data.entity_types;
        let Some(predictions) = data.spans else { return Ok(Box::new(Trained::Own(Memorizer::train(data.train, types)))) };
        let dictionary = |name: &String| (name.clone(), SurfaceDictionary::of(data.train, std::slice::from_ref(name)));
        let mentions = |split| predictions.split(split).map(|split| split.predicted.mer);
        let (dictionaries, mentions) = (types.iter().map(dictionary).collect(), [mentions(Split::Dev)?, mentions(Split::Test)?]);
        Ok(Box::new(Trained::Given { dictionaries, mentions }))
    }
}

impl TrainedSystem for Trained {
    fn predict(&self, split: Split, documents: &[Document]) -> Result<SystemOutput, SystemError> {
        let bare = |document: &Document, mentions: Vec<Mention>| Document { id: document.id.clone(), mentions, ..Document::default() };
        let found: Vec<Document> = match self {
            Self::Own(memorizer) => memorizer.predict(documents),
            Self::Given { dictionaries, mentions } => documents
                .iter()
                .zip(&mentions[split as usize])
                .map(|(document, given)| {
                    let text = document.text();
                    let index = CharIndex::new(&text);
                    let recalled = |mention: &Mention| {
                        let dictionary = dictionaries.iter().find(|(name, _)| *name == mention.entity_type).map(|(_, of)| of);
                        let surface = index.slice(mention.start, mention.end).unwrap_or_default();
                        Mention { concept: dictionary.and_then(|of| of.concept_of(surface)).map(Into::into), ..mention.clone() }
                    };
                    bare(document, given.mentions.iter().map(recalled).collect())
                })
                .collect(),
        };
        let of = |wanted: &dyn Fn(&Mention) -> Option<Mention>| {
            documents
                .iter()
                .zip(&found)
                .map(|(document, found)| bare(document, found.mentions.iter().filter_map(wanted).collect()))
                .collect()
        };
        let without_text = |mention: &Mention| Mention { text: String::new(), ..mention.clone() };
        Ok(SystemOutput {
            mer: of(&|mention| Some(Mention { concept: None, ..without_text(mention) })),
            men: of(&|mention| concept_string(mention).is_some().then(|| without_text(mention))),
            confidence: Vec::new(),
        })
    }

    fn facts(&self) -> BTreeMap<String, f64> {
        let strings = match self {
            Self::Own(memorizer) => memorizer.nodes.iter().filter(|node| node.ends.is_some()).count(),
            Self::Given { dictionaries, .. } => dictionaries.iter().map(|(_, of)| of.len()).sum(),
        };
        BTreeMap::from([("strings".to_owned(), strings as f64)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Gold;

    /// Documents whose text is `text`; each mention is the first place of its string.
    fn annotated(text: &str, mentions: &[(&str, &str, &str)]) -> Document {
        let mention = |(surface, entity_type, concept): &(&str, &str, &str)| {
            let start = text.find(surface).expect("the string stands in the text");
            let concept = (!concept.is_empty()).then(|| (*concept).into());
            let (text, entity_type) = ((*surface).to_owned(), (*entity_type).to_owned());
            Mention { start, end: start + surface.len(), text, entity_type, concept, ..Mention::default() }
        };
        let (title, abstract_text) = text.split_once(' ').expect("a title of one word");
        Document {
            id: "1".into(),
            title: title.into(),
            abstract_text: abstract_text.into(),
            mentions: mentions.iter().map(mention).collect(),
            ..Document::default()
        }
    }

    fn found(train: &[Document], types: &[&str], text: &str) -> Vec<(String, String, Option<String>)> {
        let types: Vec<String> = types.iter().map(|name| (*name).to_owned()).collect();
        let predicted = Memorizer::train(train, &types).predict(&[annotated(text, &[])]);
        predicted.into_iter().flat_map(|document| document.mentions).map(|m| (m.text, m.entity_type, m.concept.map(Into::into))).collect()
    }

    fn row(text: &str, entity_type: &str, concept: &str) -> (String, String, Option<String>) {
        (text.into(), entity_type.into(), (!concept.is_empty()).then(|| concept.to_owned()))
    }

    #[test]
    fn the_longest_string_wins_and_cases_meet() {
        let train = [
            annotated("Title bone ache and morfin help", &[("bone ache", "Disease", "D1"), ("morfin", "Chemical", "D9")]),
            annotated("Title ache of AS is bad", &[("ache", "Disease", "D2"), ("AS", "Disease", "D3")]),
        ];
        let text = "Title Bone ache, bone, ache as seen in AS after morfin";
        let disease = [row("Bone ache", "Disease", "D1"), row("ache", "Disease", "D2"), row("AS", "Disease", "D3")];
        assert_eq!(found(&train, &["Disease"], text), disease);
        assert_eq!(found(&train, &["Chemical", "Disease"], text)[3], row("morfin", "Chemical", "D9"));
    }

    #[test]
    fn a_string_that_is_seldom_annotated_is_not_used() {
        let train = [
            annotated("Title cold in cold wards is a cold", &[("cold", "Disease", "D1")]),
            annotated("Title gout here", &[("gout", "Disease", "")]),
        ];
        assert_eq!(found(&train, &["Disease"], "Title cold and gout"), [row("gout", "Disease", "")]);
    }

    /// What can be had without any generalisation: about .70 F1 in recognition and .74 in normalization on both corpora.
    #[test]
    fn on_real_data_it_is_a_floor() {
        let Some(data) = crate::registry::test_data_dir() else { return };
        for name in ["ncbi-disease", "bc5cdr"] {
            let corpus = crate::registry::load_corpus(name, &data).unwrap();
            let types = ["Disease".to_owned()];
            let predicted = Memorizer::train(&corpus.train, &types).predict(&corpus.test);
            let (mention, concept) = Gold::new(&corpus.test, &types).quick_f1(&predicted, &predicted);
            assert!((0.68..0.72).contains(&mention) && (0.72..0.76).contains(&concept), "{name}: {mention} {concept}");
        }
    }

    #[test]
    fn untrained_it_finds_nothing() {
        assert!(found(&[], &["Disease"], "Title gout").is_empty());
        assert!(Memorizer::default().predict(&[annotated("Title gout", &[])])[0].mentions.is_empty());
    }
}
