//! Concepts with their names: what a file of a vocabulary becomes, and several joined.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// What a name is to its concept: the scopes of OBO, and the name that the concept is called by. A smaller one binds closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameKind {
    /// The name that the concept is called by.
    Preferred,
    /// A synonym of the same meaning.
    Exact,
    /// A narrower term.
    Narrow,
    /// A broader term.
    Broad,
    /// A related term.
    Related,
}

/// A name of a concept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The name as the vocabulary writes it.
    pub text: String,
    /// How it relates to the concept.
    pub kind: NameKind,
}

/// A concept of a vocabulary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// The canonical identifier, as the vocabulary writes it.
    pub id: String,
    /// Further identifiers of the same concept (CTD's alternative ids, OBO's `alt_id`).
    pub alternative: Vec<String>,
    /// Identifiers of the same or a nearby concept in other vocabularies (OBO's `xref`): used only where no concept has them as its own.
    pub references: Vec<String>,
    /// The preferred name first; none twice.
    pub names: Vec<Name>,
    /// Canonical or alternative ids of the concepts directly above.
    pub parents: Vec<String>,
}

impl Concept {
    /// The preferred name.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", |name| name.text.as_str())
    }

    /// All identifiers that are the concept's own, the canonical one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.alternative.iter().map(String::as_str))
    }

    /// Adds a name unless the concept has it.
    pub fn add_name(&mut self, text: &str, kind: NameKind) {
        let text = text.trim();
        if !text.is_empty() && !self.names.iter().any(|name| name.text == text) {
            self.names.push(Name { text: text.to_owned(), kind });
        }
    }
}

/// An identifier without the prefix `MESH:`, which corpora leave out: `MESH:D003866` and `D003866` are one identifier (the rule of
/// the BioCreative V CDR evaluation kit).
pub fn id_key(id: &str) -> &str {
    match id.strip_prefix("MESH:") {
        Some(rest) if !rest.is_empty() && !rest.contains(':') => rest,
        _ => id,
    }
}

/// A vocabulary: concepts by number, and the way from every identifier to its concept.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    concepts: Vec<Concept>,
    /// By [`id_key`]: canonical and alternative ids of every concept, then references.
    place: HashMap<String, u32>,
}

impl Lexicon {
    /// Concepts in the order given. An id that several concepts have belongs to the one that has it as its canonical id, else to the
    /// first; a reference belongs to a concept only where one concept alone has it and none has it as its own.
    pub fn new(concepts: Vec<Concept>) -> Self {
        let mut place: HashMap<String, u32> = HashMap::with_capacity(2 * concepts.len());
        for (at, concept) in concepts.iter().enumerate() {
            place.entry(id_key(&concept.id).to_owned()).or_insert(at as u32);
        }
        for (at, concept) in concepts.iter().enumerate() {
            for id in &concept.alternative {
                place.entry(id_key(id).to_owned()).or_insert(at as u32);
            }
        }
        let mut referred: HashMap<&str, Option<u32>> = HashMap::new();
        for (at, concept) in concepts.iter().enumerate() {
            for id in &concept.references {
                let of = referred.entry(id_key(id)).or_insert(Some(at as u32));
                if *of != Some(at as u32) {
                    *of = None;
                }
            }
        }
        for (id, at) in referred {
            if let Some(at) = at {
                place.entry(id.to_owned()).or_insert(at);
            }
        }
        Lexicon { concepts, place }
    }

    /// Every concept, in the order of the vocabulary.
    pub fn concepts(&self) -> &[Concept] {
        &self.concepts
    }

    /// Number of concepts.
    pub fn len(&self) -> usize {
        self.concepts.len()
    }

    /// Whether there is no concept.
    pub fn is_empty(&self) -> bool {
        self.concepts.is_empty()
    }

    /// Number of names of all concepts.
    pub fn name_count(&self) -> usize {
        self.concepts.iter().map(|concept| concept.names.len()).sum()
    }

    /// The concept that an identifier, with or without `MESH:`, belongs to.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.place.get(id_key(id.trim())).map(|&at| at as usize)
    }

    /// The concept of that number.
    pub fn concept(&self, at: usize) -> &Concept {
        &self.concepts[at]
    }

    /// The numbers of the concepts directly above, without repeats.
    pub fn parents(&self, at: usize) -> Vec<usize> {
        let above: BTreeSet<usize> = self.concepts[at].parents.iter().filter_map(|id| self.find(id)).collect();
        above.into_iter().filter(|&parent| parent != at).collect()
    }

    /// The known identifier nearest to `id`, for messages.
    pub fn nearest_id(&self, id: &str) -> Option<String> {
        let wanted = id_key(id);
        let near = self.concepts.iter().flat_map(Concept::ids).map(|known| (strsim::damerau_levenshtein(id_key(known), wanted), known));
        near.filter(|(distance, _)| *distance <= 2).min().map(|(_, known)| known.to_owned())
    }

    /// This vocabulary with the concepts of `other`: one that shares an identifier with a concept here brings its names, ids and parents
    /// to it, any other is added. What is here already keeps its canonical id, its names and their kinds.
    pub fn joined(self, other: Lexicon) -> Lexicon {
        let mut concepts = self.concepts.clone();
        for concept in other.concepts {
            let own = concept.ids().find_map(|id| self.place.get(id_key(id)).copied());
            let Some(at) = own else {
                concepts.push(concept);
                continue;
            };
            let into = &mut concepts[at as usize];
            let names = concept.names.iter().map(|name| (name, if name.kind == NameKind::Preferred { NameKind::Exact } else { name.kind }));
            names.for_each(|(name, kind)| into.add_name(&name.text, kind));
            for id in concept.ids() {
                // An id that is another concept's here stays there.
                let elsewhere = self.place.get(id_key(id)).is_some_and(|&place| place != at);
                if !elsewhere && !into.ids().any(|known| id_key(known) == id_key(id)) {
                    into.alternative.push(id.to_owned());
                }
            }
            for (from, to) in [(concept.references, &mut into.references), (concept.parents, &mut into.parents)] {
                for id in from {
                    if !to.contains(&id) {
                        to.push(id);
                    }
                }
            }
        }
        Lexicon::new(concepts)
    }

    /// SHA-256 of the concepts in order, in hexadecimal: the same whatever format they were read from.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut field = |tag: u8, text: &str| {
            hash.update([tag]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        for concept in &self.concepts {
            field(b'c', &concept.id);
            concept.alternative.iter().for_each(|id| field(b'a', id));
            concept.references.iter().for_each(|id| field(b'r', id));
            concept.parents.iter().for_each(|id| field(b'p', id));
            concept.names.iter().for_each(|name| field(b'0' + name.kind as u8, &name.text));
        }
        hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes all that is written");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concept(id: &str, alternative: &[&str], names: &[&str]) -> Concept {
        let mut concept = Concept { id: id.into(), alternative: alternative.iter().map(|&id| id.into()).collect(), ..Concept::default() };
        for (at, name) in names.iter().enumerate() {
            concept.add_name(name, if at == 0 { NameKind::Preferred } else { NameKind::Exact });
        }
        concept
    }

    #[test]
    fn an_id_leads_to_its_concept_with_or_without_prefix() {
        let mut gout = concept("MESH:D1", &["OMIM:7"], &["gout"]);
        gout.references = vec!["UMLS:C1".into(), "UMLS:C2".into()];
        let mut ache = concept("X:2", &["OMIM:7", "D1"], &["ache"]);
        ache.references = vec!["UMLS:C2".into(), "OMIM:7".into()];
        let lexicon = Lexicon::new(vec![gout, ache]);
        assert_eq!(["D1", "MESH:D1", " D1", "OMIM:7", "X:2", "UMLS:C1"].map(|id| lexicon.find(id)), [0, 0, 0, 0, 1, 0].map(Some));
        // Two concepts refer to it, so it says neither.
        assert_eq!(lexicon.find("UMLS:C2"), None);
        assert_eq!(lexicon.find("MESH:OMIM:7"), None);
        assert_eq!(lexicon.nearest_id("OMIM:8").as_deref(), Some("OMIM:7"));
        assert_eq!(lexicon.nearest_id("ORPHA:12345"), None);
    }

    #[test]
    fn joining_brings_names_and_ids_to_the_concept_that_shares_an_id() {
        let first = Lexicon::new(vec![concept("D1", &[], &["gout"]), concept("D2", &["OMIM:9"], &["ache"])]);
        let second =
            Lexicon::new(vec![concept("OMIM:5", &["MESH:D1", "OMIM:9"], &["Gout, familial", "gout"]), concept("C7", &[], &["rash"])]);
        let joined = first.joined(second);
        assert_eq!(joined.len(), 3);
        let gout = joined.concept(0);
        assert_eq!((gout.id.as_str(), gout.alternative.as_slice()), ("D1", ["OMIM:5".to_owned()].as_slice()));
        assert_eq!(
            gout.names.iter().map(|name| (name.text.as_str(), name.kind)).collect::<Vec<_>>(),
            [("gout", NameKind::Preferred), ("Gout, familial", NameKind::Exact)]
        );
        assert_eq!(["OMIM:5", "OMIM:9", "C7"].map(|id| joined.find(id)), [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn the_digest_tells_every_change() {
        let base = concept("D1", &["D2"], &["gout", "podagra"]);
        let digest = |concept: Concept| Lexicon::new(vec![concept]).digest();
        let changed = [
            concept("D1", &[], &["gout", "podagra"]),
            concept("D1", &["D2"], &["podagra", "gout"]),
            concept("D1", &["D2"], &["gout podagra"]),
            Concept { parents: vec!["D9".into()], ..base.clone() },
            Concept { references: vec!["D9".into()], ..base.clone() },
        ];
        let mut digests: BTreeSet<String> = changed.into_iter().map(digest).collect();
        assert!(digests.insert(digest(base.clone())) && digests.len() == 6);
        assert_eq!(digest(base.clone()), digest(base));
    }
}
