use super::*;
use crate::corpus::{Mention, sentences};
use crate::evaluate::Gold;
use crate::registry::load_corpus;
use proptest::prelude::*;
use std::path::Path;

const DISEASE: &str = "Disease";

fn document(id: &str, text: &str, mentions: Vec<Mention>) -> Document {
    Document { id: id.into(), title: text.into(), mentions, ..Document::default() }
}

fn mention(start: usize, end: usize, concept: Option<&str>) -> Mention {
    Mention { start, end, entity_type: DISEASE.into(), concept: concept.map(Into::into), ..Mention::default() }
}

/// Explains with a training split in which `D1` is annotated once and `D2` three times.
fn explained(gold: &[Document], mer: &[Document], men: &[Document]) -> Explanation {
    let named = |text: &str, concept: &str| Mention { text: text.into(), ..mention(0, 4, Some(concept)) };
    let train = [document("0", "Gout", vec![named("Gout", "D1"), named("ache", "D2"), named("Ache", "D2"), named("pain", "D2")])];
    let sentences: Vec<Sentence> = gold.iter().enumerate().flat_map(|(i, document)| sentences(i, document)).collect();
    explain(&Input {
        train: &train,
        gold,
        sentences: &sentences,
        mer,
        men,
        entity_types: &[DISEASE.to_owned()],
        in_train: &|word| word != "cystic",
        in_embedding: Some(&|word| word != "gout"),
    })
}

//                    0         1         2         3         4
//                    01234567890123456789012345678901234567890123456789
const TEXT: &str = "severe gout and cystic ache of the left knee pain.";

#[test]
fn boundaries_are_told_with_the_words_that_make_them_wrong() {
    let gold = [document("1", TEXT, vec![mention(7, 11, None), mention(16, 27, None), mention(35, 49, None)])];
    let mer = [document("1", "", vec![mention(0, 11, None), mention(23, 27, None), mention(31, 44, None)])];
    let found = explained(&gold, &mer, &[]).recognition;
    let words: Vec<_> = found.boundaries.iter().map(|errors| (errors.count, errors.words.clone())).collect();
    use BoundaryChange::*;
    assert_eq!(
        words,
        [
            (1, vec![(AddedBefore, "severe".to_owned(), 1)]),
            (1, vec![(LostBefore, "cystic".to_owned(), 1)]),
            (1, vec![(AddedBefore, "the".to_owned(), 1), (LostAfter, "pain".to_owned(), 1)]),
        ]
    );
    let example = &found.boundaries[0].examples[0];
    assert_eq!((example.document.as_str(), example.text.as_str()), ("1", TEXT));
    assert_eq!(example.marks, [Mark { who: Who::Gold, start: 7, end: 11 }, Mark { who: Who::Mer, start: 0, end: 11 }]);
}

#[test]
fn confusions_are_told_with_what_training_calls_the_concepts() {
    let gold = [document("1", TEXT, vec![mention(7, 11, Some("D1")), mention(16, 27, Some("D9")), mention(35, 49, Some("D2"))])];
    let men = [document("1", "", vec![mention(7, 11, Some("MESH:D2")), mention(16, 27, Some("D2")), mention(45, 49, Some("D2"))])];
    let found = explained(&gold, &[], &men).normalization;
    assert_eq!((found.gold, found.right, found.near, found.confused, found.missed, found.spurious), (3, 0, 1, 2, 0, 0));
    let pairs: Vec<_> = found.confusions.iter().map(|c| (c.gold.id.as_str(), c.gold.in_train, c.predicted.id.as_str())).collect();
    assert_eq!(pairs, [("D1", 1, "D2"), ("D9", 0, "D2")]);
    let name = ConceptName { id: "D2".into(), name: "ache".into(), in_train: 3 };
    assert_eq!(found.confusions[0].predicted, name);
    assert_eq!(found.unseen.len(), 1);
    assert_eq!((found.unseen[0].concept.id.as_str(), found.unseen[0].instead.as_ref()), ("D9", Some(&(name, 1))));
}

#[test]
fn groups_are_by_what_training_knows() {
    let gold = [document("1", TEXT, vec![mention(7, 11, Some("D1")), mention(16, 27, Some("D9")), mention(35, 49, None)])];
    let mer = [document("1", "", vec![mention(7, 11, None), mention(35, 44, None)])];
    let men = [document("1", "", vec![mention(0, 11, Some("D1"))])];
    let found = explained(&gold, &mer, &men);
    let counts = |buckets: &[Bucket]| -> Vec<_> {
        let of = |s: &Bucket| (s.name.clone(), s.mentions, s.recognised, s.linked, s.right_concept);
        buckets.iter().filter(|s| s.mentions > 0).map(of).collect()
    };
    assert_eq!(
        counts(&found.by_frequency),
        [("never".to_owned(), 1, 0, 0, 0), ("once".to_owned(), 1, 1, 0, 1), ("no concept".to_owned(), 1, 0, 0, 0)]
    );
    assert_eq!(counts(&found.by_subset), [("IV".to_owned(), 1, 0, 0, 0), ("OOTV".to_owned(), 1, 0, 0, 0), ("OOEV".to_owned(), 1, 1, 0, 1)]);
}

#[test]
fn disagreements_tell_who_is_right() {
    let gold = [document("1", TEXT, vec![mention(7, 11, Some("D1")), mention(16, 27, Some("D9"))])];
    let mer = [document("1", "", vec![mention(7, 11, None), mention(35, 44, None)])];
    let men = [document("1", "", vec![mention(0, 11, Some("D1")), mention(16, 27, Some("D1"))])];
    let found = explained(&gold, &mer, &men).disagreements;
    let counts = |d: &Disagreement| (d.count, d.mer_right, d.men_right, d.neither);
    assert_eq!((found.same, counts(&found.boundaries)), (0, (1, 1, 0, 0)));
    assert_eq!((counts(&found.only_mer), counts(&found.only_men)), ((1, 0, 0, 1), (1, 0, 1, 0)));
    assert_eq!(found.only_mer.examples[0].marks, [Mark { who: Who::Mer, start: 35, end: 44 }]);
}

/// Predictions for the mini corpus's test split that are wrong in every way, by the number of the mention.
fn spoilt(gold: &[Document]) -> (Vec<Document>, Vec<Document>) {
    let (mut mer, mut men) = (Vec::new(), Vec::new());
    let mut n = 0;
    for document in gold {
        let text: Vec<char> = document.text().chars().collect();
        let before = |at: usize| (0..at.saturating_sub(1)).rev().find(|i| text[*i] == ' ').map_or(0, |i| i + 1);
        let (mut of_mer, mut of_men) = (Vec::new(), Vec::new());
        for gold in &document.mentions {
            n += 1;
            let bare = Mention { text: String::new(), individual: None, ..gold.clone() };
            let first_blank = gold.text.chars().position(|c| c == ' ');
            match n % 9 {
                1 => {}
                2 => of_mer.push(Mention { start: before(gold.start), concept: None, ..bare.clone() }),
                3 => of_mer.push(Mention { start: gold.start + first_blank.map_or(0, |at| at + 1), concept: None, ..bare.clone() }),
                4 => of_mer.extend([
                    Mention { concept: None, ..bare.clone() },
                    Mention { start: 0, end: before(gold.start).saturating_sub(1).max(1), concept: None, ..bare.clone() },
                ]),
                _ => of_mer.push(Mention { concept: None, ..bare.clone() }),
            }
            match n % 7 {
                1 => of_men.push(Mention { concept: Some("MESH:D900002".into()), ..bare }),
                2 => {}
                3 => of_men.push(Mention { end: gold.start + first_blank.unwrap_or(gold.end - gold.start), ..bare }),
                _ => of_men.push(bare),
            }
        }
        mer.push(Document { id: document.id.clone(), mentions: of_mer, ..Document::default() });
        men.push(Document { id: document.id.clone(), mentions: of_men, ..Document::default() });
    }
    (mer, men)
}

fn of_mini() -> Vec<Section> {
    let corpus = load_corpus("mini", &Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    let gold = &corpus.test[..12];
    let (mer, men) = spoilt(gold);
    let sentences: Vec<Sentence> = gold.iter().enumerate().flat_map(|(i, document)| sentences(i, document)).collect();
    let train = &corpus.train[..30];
    let explanation = explain(&Input {
        train,
        gold,
        sentences: &sentences,
        mer: &mer,
        men: &men,
        entity_types: &[DISEASE.to_owned()],
        in_train: &|word| train.iter().any(|document| document.text().contains(word)),
        in_embedding: Some(&|word| !word.contains('y')),
    });
    sections(&explanation, 3)
}

#[test]
fn the_terminal_shows_it_within_80_columns() {
    let text = text(&of_mini(), "Twelve documents of the mini corpus, spoilt by hand");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_page_stands_on_its_own() {
    let page = html(&of_mini(), "Twelve documents of the mini corpus, <spoilt> by hand");
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("http") && !page.contains("<spoilt>"));
    if let Some(keep) = std::env::var_os("MERMEN_KEEP_DRAWN") {
        std::fs::write(Path::new(&keep).join("explain.html"), &page).unwrap();
    }
    // The style sheet is the report's.
    let body = page.split_once("</style>").unwrap().1;
    insta::assert_snapshot!(body);
}

#[test]
fn a_record_tells_what_it_keeps() {
    let gold = [document("1", TEXT, vec![mention(7, 11, Some("D1")), mention(16, 27, Some("D9"))])];
    let predicted = [document("1", "", vec![mention(7, 11, Some("D1")), mention(35, 44, Some("D1"))])];
    let view = Gold::new(&gold, &[DISEASE.to_owned()]);
    let scores = crate::evaluate::SplitScores {
        mention: view.mentions(&predicted),
        concept: view.concepts(&predicted),
        documents: view.by_document(&predicted, &predicted),
        ..Default::default()
    };
    insta::assert_snapshot!(text(&sections_of_scores(&scores, 3), "A record"));
}

fn some_documents() -> impl Strategy<Value = Vec<Document>> {
    let concept = prop::option::of(prop::sample::select(vec!["D1", "D2", "D9", "-1"]));
    let some_mention = (0..40_usize, 1..9_usize, prop::bool::ANY, concept).prop_map(|(start, length, chemical, concept)| {
        let entity_type = if chemical { "Chemical" } else { DISEASE };
        Mention { entity_type: entity_type.into(), ..mention(start, start + length, concept) }
    });
    let mentions = prop::collection::vec(some_mention, 0..7);
    prop::collection::vec(mentions, 3)
        .prop_map(|all| all.into_iter().enumerate().map(|(i, mentions)| document(&i.to_string(), TEXT, mentions)).collect())
}

proptest! {
    #[test]
    fn every_mention_counts_once_and_right_is_what_the_scores_call_right(gold in some_documents(), mer in some_documents(), men in some_documents()) {
        let types = [DISEASE.to_owned(), "Chemical".to_owned()];
        let sentences: Vec<Sentence> = gold.iter().enumerate().flat_map(|(i, document)| sentences(i, document)).collect();
        let input = Input {
            train: &gold[..1], gold: &gold, sentences: &sentences, mer: &mer, men: &men, entity_types: &types,
            in_train: &|_| true, in_embedding: None,
        };
        let found = explain(&input);
        let r = &found.recognition;
        let boundaries: u64 = r.boundaries.iter().map(|errors| errors.count).sum();
        prop_assert_eq!(r.right + boundaries + r.wrong_type + r.missed, r.gold);
        prop_assert_eq!(r.right + boundaries + r.wrong_type + r.spurious, r.predicted);
        let kit = Gold::new(&gold, &types).mentions(&mer).all_documents;
        prop_assert_eq!((r.right, r.predicted - r.right, r.gold - r.right), (kit.tp, kit.fp, kit.fn_));
        let n = &found.normalization;
        prop_assert_eq!(n.right + n.near + n.confused + n.missed, n.gold);
        prop_assert_eq!(n.right + n.near + n.confused + n.without_gold_concept + n.spurious, n.predicted);
        prop_assert_eq!(n.confusions.iter().map(|c| c.count).sum::<u64>(), n.confused);
        prop_assert_eq!(r.missed_strings.iter().map(|s| s.count).sum::<u64>(), r.missed);
        prop_assert_eq!(r.spurious_strings.iter().map(|s| s.count).sum::<u64>(), r.spurious);
        let sum = |of: fn(&Bucket) -> u64| found.by_frequency.iter().map(of).sum::<u64>();
        prop_assert_eq!((sum(|s| s.mentions), sum(|s| s.recognised)), (r.gold, r.right));
        prop_assert_eq!((sum(|s| s.linked), sum(|s| s.right_concept)), (n.right, n.right + n.near));
        let all = sections(&found, 2);
        prop_assert!(text(&all, "").lines().all(|line| line.chars().count() <= 80));
    }
}
