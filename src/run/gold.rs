//! Gold tables: what the documents that a run was scored on annotate, without their text. With them predictions can be scored again, under
//! any view, where there is no corpus.
//!
//! A table is named by the digest of its content, so runs on the same documents share one, and another cut of a corpus (`data.split`,
//! `data.limit`), other training documents or other types make another.

use super::pack::{Cursor, Opened, PackError, PackKind, open, push, push_signed, push_text, seal};
use crate::corpus::{Document, Mention, Sentence, Token};
use crate::evaluate::{ConceptSet, Split};
use std::collections::{BTreeMap, BTreeSet};

/// The documents of a split as they are scored: their text left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoldSplit {
    /// In the order in which they are scored, with mentions of the scored types alone.
    pub documents: Vec<Document>,
    /// Tokens have places and no text.
    pub sentences: Vec<Sentence>,
}

/// The gold annotations of dev and test, and the concepts of what was trained on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoldTable {
    /// Types that are scored.
    pub entity_types: Vec<String>,
    /// Every concept field of training, dev and test as it stands, in order; predictions name concepts by their place here.
    pub concepts: Vec<String>,
    /// Whether training has the field, one a concept.
    in_training: Vec<bool>,
    dev: GoldSplit,
    test: GoldSplit,
    sha256: String,
}

/// Columns of a table, in the order of the file.
const COLUMNS: [&str; 14] = [
    "entity types",
    "concepts",
    "concepts in training",
    "number of documents",
    "document ids",
    "number of sentences",
    "number of tokens",
    "gap before a token",
    "length of a token",
    "number of mentions",
    "start of a mention",
    "length of a mention",
    "type of a mention",
    "concept of a mention",
];

impl GoldTable {
    /// The table of a run: training's documents, then dev and test with their sentences. Mentions of other types than those scored are
    /// left out, and so are texts, relations and individual mentions.
    pub fn new(entity_types: &[String], train: &[Document], dev: (&[Document], &[Sentence]), test: (&[Document], &[Sentence])) -> Self {
        let of_training: BTreeSet<&str> = concepts(train, entity_types).collect();
        let mut all = of_training.clone();
        all.extend(concepts(dev.0, entity_types).chain(concepts(test.0, entity_types)));
        let mut table = Self {
            entity_types: entity_types.to_vec(),
            in_training: all.iter().map(|concept| of_training.contains(concept)).collect(),
            concepts: all.into_iter().map(str::to_owned).collect(),
            dev: without_text(entity_types, dev),
            test: without_text(entity_types, test),
            sha256: String::new(),
        };
        table.sha256 = table.pack().1;
        table
    }

    /// Hex SHA-256 of the content: the table's name.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub fn split(&self, split: Split) -> &GoldSplit {
        match split {
            Split::Dev => &self.dev,
            Split::Test => &self.test,
        }
    }

    /// The concepts that training has.
    pub fn training_concepts(&self) -> ConceptSet {
        let known = self.concepts.iter().zip(&self.in_training).filter(|(_, known)| **known);
        ConceptSet::of_fields(known.map(|(concept, _)| concept.as_str()))
    }

    /// The file of the table, and its digest.
    pub fn pack(&self) -> (Vec<u8>, String) {
        let mut columns = vec![Vec::new(); COLUMNS.len()];
        let [types, concepts, training, documents, ids, sentences, tokens, gaps, lengths, mentions, starts, ends, kinds, of] =
            &mut columns[..]
        else {
            unreachable!("as many columns as there are names")
        };
        self.entity_types.iter().for_each(|name| push_text(types, name));
        self.concepts.iter().for_each(|concept| push_text(concepts, concept));
        training.extend(self.in_training.iter().map(|known| u8::from(*known)));
        let place: BTreeMap<&str, u64> = self.concepts.iter().map(String::as_str).zip(1..).collect();
        for split in Split::ALL.map(|split| self.split(split)) {
            push(documents, split.documents.len() as u64);
            let mut next = 0;
            for (index, document) in split.documents.iter().enumerate() {
                push_text(ids, &document.id);
                let own = split.sentences[next..].iter().take_while(|sentence| sentence.document == index).count();
                push(sentences, own as u64);
                let mut last = 0;
                for sentence in &split.sentences[next..next + own] {
                    push(tokens, sentence.tokens.len() as u64);
                    for token in &sentence.tokens {
                        push_signed(gaps, token.start as i64 - last);
                        push_signed(lengths, token.end as i64 - token.start as i64);
                        last = token.end as i64;
                    }
                }
                next += own;
                push(mentions, document.mentions.len() as u64);
                let mut last = 0;
                for mention in &document.mentions {
                    push_signed(starts, mention.start as i64 - last);
                    push_signed(ends, mention.end as i64 - mention.start as i64);
                    last = mention.start as i64;
                    push(kinds, self.entity_types.iter().position(|name| *name == mention.entity_type).unwrap_or_default() as u64);
                    push(of, mention.concept.as_deref().and_then(|concept| place.get(concept)).copied().unwrap_or_default());
                }
            }
        }
        seal(PackKind::Gold, b"", &columns)
    }

    /// Reads the file of a table.
    ///
    /// # Errors
    /// Bytes that are no gold table, or not whole.
    pub fn unpack(bytes: &[u8]) -> Result<Self, PackError> {
        let Opened { header, columns, sha256 } = open(PackKind::Gold, bytes)?;
        if !header.is_empty() || columns.len() != COLUMNS.len() {
            return Err(PackError::Other("it has other columns than a gold table"));
        }
        let mut cursors: Vec<Cursor> = COLUMNS.iter().zip(&columns).map(|(what, column)| Cursor::new(what, column)).collect();
        let [types, concepts, training, documents, ids, sentences, tokens, gaps, lengths, mentions, starts, ends, kinds, of] =
            &mut cursors[..]
        else {
            unreachable!("as many columns as there are names")
        };
        let mut table = Self { sha256, ..Self::default() };
        while !types.is_empty() {
            table.entity_types.push(types.text()?.to_owned());
        }
        while !concepts.is_empty() {
            table.concepts.push(concepts.text()?.to_owned());
            table.in_training.push(training.below(2)? == 1);
        }
        let at = |last: i64, step: i64| {
            let place = last.checked_add(step).filter(|place| (0..1 << 31).contains(place));
            place.ok_or(PackError::Other("an offset of its columns lies outside any document"))
        };
        for split in [&mut table.dev, &mut table.test] {
            for index in 0..documents.count()? {
                let mut document = Document { id: ids.text()?.to_owned(), ..Document::default() };
                let mut last = 0;
                for _ in 0..sentences.count()? {
                    let mut sentence = Sentence { document: index, tokens: Vec::new() };
                    for _ in 0..tokens.count()? {
                        let start = at(last, gaps.signed()?)?;
                        last = at(start, lengths.signed()?)?;
                        sentence.tokens.push(Token { start: start as usize, end: last as usize, text: String::new() });
                    }
                    split.sentences.push(sentence);
                }
                let mut last = 0;
                for _ in 0..mentions.count()? {
                    last = at(last, starts.signed()?)?;
                    let end = at(last, ends.signed()?)? as usize;
                    let entity_type = table.entity_types[kinds.below(table.entity_types.len())?].clone();
                    let concept = of.below(table.concepts.len() + 1)?.checked_sub(1).map(|place| table.concepts[place].clone());
                    document.mentions.push(Mention {
                        start: last as usize,
                        end,
                        entity_type,
                        concept: concept.map(Into::into),
                        ..Mention::default()
                    });
                }
                split.documents.push(document);
            }
        }
        cursors.into_iter().try_for_each(Cursor::end)?;
        Ok(table)
    }
}

fn wanted<'a>(document: &'a Document, types: &'a [String]) -> impl Iterator<Item = &'a Mention> {
    document.mentions.iter().filter(|mention| types.contains(&mention.entity_type))
}

fn concepts<'a>(documents: &'a [Document], types: &'a [String]) -> impl Iterator<Item = &'a str> {
    documents.iter().flat_map(|document| wanted(document, types)).filter_map(|mention| mention.concept.as_deref())
}

fn without_text(types: &[String], (documents, sentences): (&[Document], &[Sentence])) -> GoldSplit {
    let bare = |mention: &Mention| Mention { text: String::new(), individual: None, ..mention.clone() };
    let document = |document: &Document| Document {
        id: document.id.clone(),
        mentions: wanted(document, types).map(bare).collect(),
        ..Document::default()
    };
    let token = |token: &Token| Token { text: String::new(), ..*token };
    let sentence = |sentence: &Sentence| Sentence { document: sentence.document, tokens: sentence.tokens.iter().map(token).collect() };
    GoldSplit { documents: documents.iter().map(document).collect(), sentences: sentences.iter().map(sentence).collect() }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::corpus::{Corpus, sentences};
    use crate::registry::load_corpus;
    use std::path::Path;

    pub fn mini() -> Corpus {
        load_corpus("mini", &Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap()
    }

    pub fn all_sentences(documents: &[Document]) -> Vec<Sentence> {
        documents.iter().enumerate().flat_map(|(index, document)| sentences(index, document)).collect()
    }

    pub fn table(corpus: &Corpus, types: &[&str]) -> GoldTable {
        let types: Vec<String> = types.iter().map(|name| (*name).to_owned()).collect();
        let split = |documents| (documents, all_sentences(documents));
        let (dev, test) = (split(&corpus.dev), split(&corpus.test));
        GoldTable::new(&types, &corpus.train, (dev.0, &dev.1), (test.0, &test.1))
    }

    #[test]
    fn a_table_comes_back_from_its_file_without_any_text() {
        let corpus = mini();
        for types in [&["Disease"][..], &["Disease", "Chemical"], &["Gene"]] {
            let table = table(&corpus, types);
            let (bytes, sha256) = table.pack();
            assert_eq!(GoldTable::unpack(&bytes).unwrap(), table);
            assert_eq!((sha256.as_str(), sha256.len()), (table.sha256(), 64));
            let split = table.split(Split::Test);
            assert_eq!(split.documents.len(), corpus.test.len());
            assert!(split.documents.iter().all(|document| document.text().trim().is_empty()));
            let mentions = split.documents.iter().flat_map(|document| &document.mentions);
            assert!(mentions.clone().all(|mention| mention.text.is_empty()));
            let wanted = corpus.test.iter().flat_map(|document| &document.mentions);
            assert_eq!(mentions.count(), wanted.filter(|mention| types.contains(&mention.entity_type.as_str())).count());
        }
    }

    #[test]
    fn other_types_other_training_and_fewer_documents_make_another_table() {
        let corpus = mini();
        let mut fewer = corpus.clone();
        fewer.test.pop();
        let mut more = corpus.clone();
        more.train.extend(corpus.test.iter().cloned());
        let of = |corpus: &Corpus, types: &[&str]| table(corpus, types).sha256().to_owned();
        let mut names = vec![of(&corpus, &["Disease"]), of(&corpus, &["Chemical"]), of(&fewer, &["Disease"]), of(&more, &["Disease"])];
        assert_eq!(names[0], of(&corpus, &["Disease"]));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn training_knows_the_concepts_that_its_mentions_have() {
        let corpus = mini();
        let types = ["Disease".to_owned()];
        let (known, of_table) = (ConceptSet::of(&corpus.train, &types), table(&corpus, &["Disease"]).training_concepts());
        assert_eq!(known.len(), of_table.len());
        let unseen = |set: &ConceptSet| {
            let mentions = corpus.test.iter().flat_map(|document| &document.mentions);
            mentions.flat_map(crate::evaluate::concepts_of).filter(|concept| !set.contains(concept)).count()
        };
        assert_eq!(unseen(&known), unseen(&of_table));
    }
}
