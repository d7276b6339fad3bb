use super::*;
use crate::corpus::Mention;
use crate::run::gold::tests::{mini, table};
use proptest::prelude::*;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const TYPES: [&str; 2] = ["Disease", "Chemical"];

/// Mentions at gold places, at places of the other head, and elsewhere; some twice; with concepts of gold, of the table, of none.
fn head() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, usize, usize, Option<String>)>> {
    let concept = prop::option::of(prop_oneof![Just("as gold".to_owned()), "MESH:D0000[0-9]{2}", "new [a-c]"]);
    prop::collection::vec((any::<prop::sample::Index>(), 0..300_usize, 0..30_usize, 0..4_usize, concept), 0..60)
}

fn documents(gold: &GoldSplit, head: &[(prop::sample::Index, usize, usize, usize, Option<String>)]) -> Vec<Document> {
    let mut documents: Vec<Document> =
        gold.documents.iter().map(|document| Document { id: document.id.clone(), ..Document::default() }).collect();
    for (document, start, length, kind, concept) in head {
        let index = document.index(documents.len());
        let known = &gold.documents[index].mentions;
        let mention = match known.get(*start % (known.len() + 1)) {
            Some(gold) if *kind > 1 => {
                let concept = if concept.as_deref() == Some("as gold") { gold.concept.clone() } else { concept.clone().map(Into::into) };
                Mention { concept, ..gold.clone() }
            }
            _ => {
                let (entity_type, concept) = (TYPES[kind % 2].to_owned(), concept.clone());
                Mention { start: *start, end: start + length, entity_type, concept: concept.map(Into::into), ..Mention::default() }
            }
        };
        documents[index].mentions.push(mention);
    }
    documents
}

/// Start, end, type, concept.
type Row = (usize, usize, String, Option<crate::corpus::ConceptIds>);

fn sorted(documents: &[Document]) -> Vec<Vec<Row>> {
    let row = |document: &Document| {
        let key = |m: &Mention| (m.start, m.end, m.entity_type.clone(), m.concept.clone());
        let mut row: Vec<_> = document.mentions.iter().map(key).collect();
        row.sort();
        row
    };
    documents.iter().map(row).collect()
}

fn predictions(gold: &GoldSplit, mer: Vec<Document>, men: Vec<Document>) -> SplitPredictions {
    let confidence = men.iter().map(|document| document.mentions.iter().map(|m| (7 * m.start + m.end) as u8).collect()).collect();
    let mut subsets = BTreeMap::new();
    for documents in [&gold.documents, &mer, &men] {
        for (index, document) in documents.iter().enumerate() {
            for mention in &document.mentions {
                let span = (index, mention.start, mention.end);
                subsets.insert(span, OovSubset::ALL[(mention.start + index) % 4]);
            }
        }
    }
    SplitPredictions { mer, men, confidence, subsets }
}

thread_local! {
    static GOLD: Arc<GoldTable> = Arc::new(table(&mini(), &TYPES));
}

fn gold() -> Arc<GoldTable> {
    GOLD.with(Arc::clone)
}

fn unpack(bytes: &[u8], gold: &Arc<GoldTable>) -> Result<Predictions, PackError> {
    Packed::open(bytes)?.against(gold.clone())
}

proptest! {
    #[test]
    fn predictions_come_back_from_their_file(mer in head(), men in head(), other in head()) {
        let gold = gold();
        let of = |split| {
            let split = gold.split(split);
            predictions(split, documents(split, &mer), documents(split, &men))
        };
        let (dev, mut test) = (of(Split::Dev), of(Split::Test));
        test.mer = documents(gold.split(Split::Test), &other);
        (test.confidence, test.subsets) = (Vec::new(), BTreeMap::new());
        let packed = Predictions::new("run", gold.clone(), &dev, &test).unwrap();
        let (bytes, sha256) = packed.pack();
        let again = unpack(&bytes, &gold).unwrap();
        prop_assert_eq!(again.sha256(), sha256.as_str());
        for (split, expected) in Split::ALL.into_iter().zip([&dev, &test]) {
            let found = again.split(split).unwrap();
            prop_assert_eq!(sorted(&found.predicted.mer), sorted(&expected.mer));
            prop_assert_eq!(sorted(&found.predicted.men), sorted(&expected.men));
            prop_assert_eq!(&found.predicted.subsets, &expected.subsets);
            for (document, row) in found.predicted.men.iter().zip(&found.predicted.confidence) {
                prop_assert!(document.mentions.iter().zip(row).all(|(m, confidence)| (7 * m.start + m.end) as u8 == *confidence));
            }
            prop_assert_eq!(found.predicted.confidence.is_empty(), expected.confidence.is_empty());
            // What is scored is the same.
            let before = ScoredSplit { predicted: (*expected).clone(), ..found.clone() };
            prop_assert_eq!(found.counts(), before.counts());
        }
    }

    /// The columns of a file with a right digest may still say anything.
    #[test]
    fn columns_of_a_forger_are_an_error_or_predictions(which in 0..2 * COLUMNS_OF_SPLIT + 1, column: Vec<u8>) {
        let gold = gold();
        let split = |split| predictions(gold.split(split), gold.split(split).documents.clone(), gold.split(split).documents.clone());
        let mut packed = Predictions::new("run", gold.clone(), &split(Split::Dev), &split(Split::Test)).unwrap();
        packed.columns[which] = column;
        let again = unpack(&packed.pack().0, &gold).unwrap();
        for split in Split::ALL {
            let _ = again.split(split).map(|split| split.counts());
        }
    }
}

/// Predictions of a tagger's quality (F1 of about .85 for mentions, .6 for concepts) with confidences that say nothing, which is the
/// worst case: with ten kilobytes for the record itself a run stays below 40 KiB.
#[test]
fn a_run_on_either_corpus_packs_into_thirty_kilobytes() {
    let Some(data) = crate::registry::test_data_dir() else { return };
    for (name, limit) in [("ncbi-disease", 10 << 10), ("bc5cdr", 30 << 10)] {
        let corpus = crate::registry::load_corpus(name, &data).unwrap();
        let gold = Arc::new(table(&corpus, &["Disease"]));
        let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
        let mut below = move |n: u64| random.next_u64() % n;
        let mut split = |split| {
            let split = gold.split(split);
            let mut head = |concepts: bool| -> Vec<Document> {
                let mut documents = split.documents.clone();
                for mention in documents.iter_mut().flat_map(|document| &mut document.mentions) {
                    if below(100) < 15 {
                        (mention.start, mention.end) = (mention.start + 7, mention.end + 7 + below(9) as usize);
                    }
                    if !concepts {
                        mention.concept = None;
                    } else if below(100) < 40 {
                        mention.concept = Some(gold.concepts[below(gold.concepts.len() as u64) as usize].as_str().into());
                    }
                }
                documents
            };
            let (mer, men) = (head(false), head(true));
            let mut predicted = predictions(split, mer, men);
            predicted.confidence.iter_mut().flatten().for_each(|confidence| *confidence = below(256) as u8);
            predicted
        };
        let (dev, test) = (split(Split::Dev), split(Split::Test));
        let packed = Predictions::new(&"0".repeat(64), gold.clone(), &dev, &test).unwrap();
        let (pack, table) = (packed.pack().0.len(), gold.pack().0.len());
        println!("{name}: {pack} bytes of predictions, {table} of gold");
        assert!(pack < limit && table < 250_000, "{name}: {pack} bytes of predictions, {table} of gold");
    }
}

#[test]
fn what_cannot_be_packed_is_an_error() {
    let gold = gold();
    let empty = |split| {
        let documents = documents(gold.split(split), &[]);
        SplitPredictions { mer: documents.clone(), men: documents, ..SplitPredictions::default() }
    };
    let (dev, test) = (empty(Split::Dev), empty(Split::Test));
    let why = |dev: &SplitPredictions| Predictions::new("run", gold.clone(), dev, &test).map(|_| ()).unwrap_err().to_string();
    let mut fewer = dev.clone();
    fewer.men.pop();
    assert!(why(&fewer).contains("one for each"));
    let with = |entity_type: &str, start, end| {
        let mut other = dev.clone();
        other.mer[0].mentions.push(Mention { start, end, entity_type: entity_type.into(), ..Mention::default() });
        other
    };
    assert!(why(&with("Gene", 0, 3)).contains("not scored"));
    assert!(why(&with("Disease", 3, 0)).contains("ends before"));
    let mut unsure = dev.clone();
    unsure.confidence = vec![vec![1]; unsure.men.len()];
    assert!(why(&unsure).contains("confidence"));
    // Predictions of one gold table are none of another.
    let packed = Predictions::new("run", gold.clone(), &dev, &test).unwrap().pack().0;
    let other = Arc::new(table(&mini(), &["Disease"]));
    assert_eq!(unpack(&packed, &other), Err(PackError::Other("it was packed against another gold table")));
}
