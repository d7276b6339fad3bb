//! A corpus cut again: all its documents, or all its sentences, pooled and dealt out at random to splits of the sizes they had.

use super::shuffle::shuffle;
use super::{CharIndex, Corpus, Document, Mention, sentences};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::HashSet;

/// What is dealt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Documents, as they are.
    Documents,
    /// Each sentence becomes a document of its own, `<id of its document>#<number, from 1>`.
    Sentences,
}

/// A corpus cut again, and what that lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Resplit {
    /// The corpus in its new splits.
    pub corpus: Corpus,
    /// Documents that were left out because the pool has their id already.
    pub repeated: u64,
    /// Mentions that no sentence holds whole.
    pub lost_mentions: u64,
}

/// Pools the splits and cuts them again: dev and test get as many documents (or sentences) as they had, training gets the rest. Of
/// documents with the same id the first is kept. Within a split the pool's order stays.
pub fn resplit(corpus: Corpus, unit: Unit, seed: u64) -> Resplit {
    let Corpus { name, train, dev, test, sha256, notes } = corpus;
    let size = |split: &[Document]| match unit {
        Unit::Documents => split.len(),
        Unit::Sentences => split.iter().map(|document| sentences(0, document).len()).sum(),
    };
    let sizes = [size(&dev), size(&test)];
    let mut seen = HashSet::new();
    let documents = [train, dev, test].into_iter().flatten();
    let (pool, repeated): (Vec<Document>, Vec<Document>) = documents.partition(|document| seen.insert(document.id.clone()));
    let mut lost_mentions = 0;
    let pool = match unit {
        Unit::Documents => pool,
        Unit::Sentences => pool
            .iter()
            .flat_map(|document| {
                let (own, lost) = by_sentence(document);
                lost_mentions += lost;
                own
            })
            .collect(),
    };
    let mut order: Vec<usize> = (0..pool.len()).collect();
    shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed), &mut order);
    // 0: dev, 1: test, 2: training.
    let mut of = vec![2; pool.len()];
    let (dev, rest) = order.split_at(sizes[0].min(order.len()));
    dev.iter().for_each(|i| of[*i] = 0);
    rest.iter().take(sizes[1]).for_each(|i| of[*i] = 1);
    let mut splits = [Vec::new(), Vec::new(), Vec::new()];
    for (document, split) in pool.into_iter().zip(of) {
        splits[split].push(document);
    }
    let [dev, test, train] = splits;
    Resplit { corpus: Corpus { name, train, dev, test, sha256, notes }, repeated: repeated.len() as u64, lost_mentions }
}

/// The sentences of a document as documents, and how many mentions lie in none of them.
fn by_sentence(document: &Document) -> (Vec<Document>, u64) {
    let text = document.text();
    let index = CharIndex::new(&text);
    let mut placed = 0;
    let mut own = Vec::new();
    for (number, sentence) in sentences(0, document).iter().enumerate() {
        let (Some(first), Some(last)) = (sentence.tokens.first(), sentence.tokens.last()) else { continue };
        let within = |mention: &&Mention| mention.start >= first.start && mention.end <= last.end;
        let moved = |mention: &Mention| Mention { start: mention.start - first.start, end: mention.end - first.start, ..mention.clone() };
        let mentions: Vec<Mention> = document.mentions.iter().filter(within).map(moved).collect();
        placed += mentions.len();
        own.push(Document {
            id: format!("{}#{}", document.id, number + 1),
            title: index.slice(first.start, last.end).unwrap_or_default().to_owned(),
            mentions,
            ..Document::default()
        });
    }
    (own, (document.mentions.len() - placed) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn mention(start: usize, end: usize, text: &str) -> Mention {
        Mention { start, end, text: text.into(), entity_type: "Disease".into(), concept: Some("D1".into()), ..Mention::default() }
    }

    /// A title of one sentence and an abstract of two, with letters of more than one byte before the mentions.
    fn document(id: &str) -> Document {
        let (title, abstract_text) = (format!("β-fever in case {id}."), "Fever rose at dawn. No ague was seen.".to_owned());
        let offset = title.chars().count() + 1;
        let mentions = vec![
            mention(0, 7, "β-fever"),
            mention(offset, offset + 5, "Fever"),
            // From the first sentence of the abstract into the second.
            mention(offset + 14, offset + 27, "dawn. No ague"),
            mention(offset + 23, offset + 27, "ague"),
        ];
        Document { id: id.into(), title, abstract_text, mentions, relations: Vec::new() }
    }

    fn corpus() -> Corpus {
        let documents = |ids: std::ops::Range<usize>| ids.map(|id| document(&id.to_string())).collect::<Vec<_>>();
        let mut train = documents(0..20);
        train.push(document("3"));
        let mut dev = documents(20..25);
        dev.push(document("21"));
        Corpus { name: "invented".into(), train, dev, test: documents(25..32), sha256: "s".into(), notes: Vec::new() }
    }

    fn ids(split: &[Document]) -> Vec<&str> {
        split.iter().map(|document| document.id.as_str()).collect()
    }

    #[test]
    fn documents_are_dealt_out_once_each_and_sizes_stay() {
        let cut = resplit(corpus(), Unit::Documents, 1);
        let c = &cut.corpus;
        assert_eq!((cut.repeated, cut.lost_mentions), (2, 0));
        assert_eq!([c.train.len(), c.dev.len(), c.test.len()], [32 - 6 - 7, 6, 7]);
        let all: BTreeSet<&str> = [&c.train, &c.dev, &c.test].into_iter().flat_map(|split| ids(split)).collect();
        assert_eq!(all.len(), 32);
        assert_eq!((c.name.as_str(), c.sha256.as_str()), ("invented", "s"));
        assert!(c.train.iter().chain(&c.dev).chain(&c.test).all(|own| *own == document(&own.id)));
        // Both dev and test have documents of every split.
        assert!(ids(&c.test).iter().any(|id| id.parse::<usize>().unwrap() < 20));
        let place = |id: &&str| id.parse::<usize>().unwrap();
        assert!(ids(&c.train).is_sorted_by_key(place) && ids(&c.test).is_sorted_by_key(place));
    }

    #[test]
    fn the_seed_decides_the_split() {
        let cut = |seed| resplit(corpus(), Unit::Documents, seed).corpus;
        assert_eq!(cut(1), cut(1));
        assert_ne!(ids(&cut(1).test), ids(&cut(2).test));
        // Known: the split of a published run is the same with every later version.
        assert_eq!(ids(&cut(7).dev), ["9", "11", "13", "19", "20", "30"]);
    }

    #[test]
    fn each_sentence_becomes_a_document_with_its_own_offsets() {
        let cut = resplit(corpus(), Unit::Sentences, 1);
        let c = &cut.corpus;
        // Three sentences per document; sizes count those of repeated documents too, the pool does not.
        assert_eq!([c.train.len(), c.dev.len(), c.test.len()], [32 * 3 - 18 - 21, 18, 21]);
        assert_eq!((cut.repeated, cut.lost_mentions), (2, 32));
        let all: Vec<&Document> = c.train.iter().chain(&c.dev).chain(&c.test).collect();
        assert_eq!(all.iter().map(|document| &document.id).collect::<BTreeSet<_>>().len(), 96);
        for own in &all {
            assert_eq!(sentences(0, own).len(), 1, "{own:?}");
            let text = own.text();
            assert_eq!(own.mentions.len(), 1, "{own:?}");
            for mention in &own.mentions {
                assert_eq!(CharIndex::new(&text).slice(mention.start, mention.end), Some(mention.text.as_str()));
            }
        }
        let second = all.iter().find(|document| document.id == "4#3").unwrap();
        assert_eq!((second.title.as_str(), second.abstract_text.as_str()), ("No ague was seen.", ""));
        // Sentences of one document lie in more than one split.
        let split_of = |split: &[Document]| split.iter().map(|d| d.id.split('#').next().unwrap().to_owned()).collect::<BTreeSet<_>>();
        assert!(!split_of(&c.train).is_disjoint(&split_of(&c.test)));
    }

    #[test]
    fn a_corpus_without_dev_or_test_stays_whole() {
        let none = Corpus { dev: Vec::new(), test: Vec::new(), ..corpus() };
        for unit in [Unit::Documents, Unit::Sentences] {
            let cut = resplit(none.clone(), unit, 1).corpus;
            assert!(cut.dev.is_empty() && cut.test.is_empty() && !cut.train.is_empty());
        }
        let empty = Corpus { train: Vec::new(), ..none };
        assert!(resplit(empty, Unit::Sentences, 1).corpus.train.is_empty());
    }
}
