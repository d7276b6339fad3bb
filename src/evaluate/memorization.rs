//! How much of normalization is memorization: a system's concepts beside those that training's strings alone would give.

use super::ceilings::mentions_of;
use super::{Counts, Gold, SurfaceDictionary, concept_string};
use crate::corpus::{CharIndex, Document, Mention};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// Normalization on one split, by what training could tell of each mention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memorization {
    /// Concepts of the kit's view when every span of MER gets the concept that training has most often for its string ([`SurfaceDictionary`]): the
    /// system's recognition with a look-up in place of its normalization.
    pub looked_up: Counts,
    /// Gold mentions whose string training annotates with their very concept, and how many of them MEN has, span and concept.
    pub known: Recall,
    /// All other gold mentions with a concept.
    pub other: Recall,
}

/// A recall, kept as counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// Mentions that are found.
    pub found: u64,
    /// Mentions that there are.
    pub of: u64,
}

impl Recall {
    /// 0 of nothing.
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.found as f64 / self.of as f64 }
    }

    fn count(&mut self, found: bool) {
        self.found += u64::from(found);
        self.of += 1;
    }
}

/// `mer` and `men` are what a system says of `split`, whose documents have the text; strings are compared in lower case.
pub fn memorization(train: &[Document], split: &[Document], mer: &[Document], men: &[Document], entity_types: &[String]) -> Memorization {
    let dictionary = SurfaceDictionary::of(train, entity_types);
    let annotated: HashSet<(String, String)> =
        mentions_of(train, entity_types).filter_map(|m| Some((m.text.to_lowercase(), concept_string(m)?))).collect();
    let texts: HashMap<&str, String> = split.iter().map(|document| (document.id.as_str(), document.text())).collect();
    let looked_up: Vec<Document> = mer.iter().map(|document| look_up(document, &texts, &dictionary)).collect();

    let said: HashSet<(&str, usize, usize, String)> = men
        .iter()
        .flat_map(|document| document.mentions.iter().map(move |m| (document.id.as_str(), m)))
        .filter_map(|(id, m)| Some((id, m.start, m.end, concept_string(m)?)))
        .collect();
    let (mut known, mut other) = (Recall::default(), Recall::default());
    for document in split {
        for mention in document.mentions.iter().filter(|m| entity_types.contains(&m.entity_type)) {
            let Some(concept) = concept_string(mention) else { continue };
            let pair = (mention.text.to_lowercase(), concept);
            let side = if annotated.contains(&pair) { &mut known } else { &mut other };
            side.count(said.contains(&(document.id.as_str(), mention.start, mention.end, pair.1)));
        }
    }
    Memorization { looked_up: Gold::new(split, entity_types).concepts(&looked_up).kit, known, other }
}

/// The document's mentions with the concepts that `dictionary` has for their strings.
fn look_up(document: &Document, texts: &HashMap<&str, String>, dictionary: &SurfaceDictionary) -> Document {
    let text = texts.get(document.id.as_str()).map_or("", String::as_str);
    let text = CharIndex::new(text);
    let concept = |m: &Mention| text.slice(m.start, m.end).and_then(|surface| dictionary.concept_of(surface)).map(str::to_owned);
    let mentions = document.mentions.iter().map(|m| Mention { concept: concept(m).map(Into::into), ..m.clone() }).collect();
    Document { id: document.id.clone(), mentions, ..Document::default() }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{documents, mention};
    use super::*;

    const D: &str = "Disease";

    /// With the text that each mention stands on.
    fn with_texts(mut documents: Vec<Document>) -> Vec<Document> {
        for document in &mut documents {
            let text = document.text();
            for m in &mut document.mentions {
                m.text = CharIndex::new(&text).slice(m.start, m.end).unwrap_or_default().to_owned();
            }
        }
        documents
    }

    #[test]
    fn what_training_knows_is_told_from_what_it_does_not() {
        // Every invented document reads a0 a1 a2 ...: the strings here are a0 (0..2), a1 (3..5), a2 (6..8) and a3 (9..11).
        let train = with_texts(documents(&[("1", &[(0, 2, D, Some("D1")), (3, 5, D, Some("D2")), (9, 11, "Chemical", Some("D9"))])]));
        let split = with_texts(documents(&[
            // a0 is known, a1 has another concept in training, a2 and its concept are new, a3 has no concept
            ("7", &[(0, 2, D, Some("MESH:D1")), (3, 5, D, Some("D1")), (6, 8, D, Some("D3")), (9, 11, D, None)]),
        ]));
        let said = |mentions: &[(usize, usize, Option<&str>)]| {
            let mentions = mentions.iter().map(|(start, end, concept)| mention(*start, *end, D, *concept)).collect();
            vec![Document { id: "7".into(), mentions, ..Document::default() }]
        };
        let mer = said(&[(0, 2, None), (3, 5, None), (6, 8, None)]);
        let men = said(&[(0, 2, Some("D1")), (3, 5, Some("D2")), (6, 8, Some("D3"))]);
        let found = memorization(&train, &split, &mer, &men, &[D.into()]);
        assert_eq!((found.known, found.other), (Recall { found: 1, of: 1 }, Recall { found: 1, of: 2 }));
        assert_eq!((found.known.share(), found.other.share()), (1.0, 0.5));
        // D1 and D2 looked up; gold are D1 and D3.
        assert_eq!(found.looked_up, Counts { tp: 1, fp: 1, fn_: 1 });

        let nothing = memorization(&train, &split, &said(&[]), &said(&[]), &[D.into()]);
        assert_eq!(nothing.looked_up, Counts { tp: 0, fp: 0, fn_: 2 });
        assert_eq!((nothing.known.share(), Recall::default().share()), (0.0, 0.0));
    }
}
