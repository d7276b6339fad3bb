use super::*;
use crate::lexicon::parse_lexicon;

fn names(training: &[TrainingName]) -> Names {
    let lexicon = parse_lexicon(
        "f",
        "id\tname\tsynonyms\n\
         X:1\tKidney Failure\tRenal Failure|failure of the kidney\n\
         X:2\tKidney Stone\tRenal Stone\n\
         X:3\tKidney Tumor\tRenal Tumour\n\
         X:4\tBlue Rash\n\
         X:5\tRed Rash\tRR\n\
         X:6\tKidney Rash\n",
    );
    Names::new(&lexicon.unwrap(), 1, training)
}

fn nearest(names: &Names, text: &str, skip: Option<u32>) -> Vec<Target> {
    let query = Query::new(names, text);
    let mut scratch = Scratch::default();
    let found = query.nearest(names, 3, skip, &mut scratch);
    // The buffers are clean again.
    assert_eq!(found, query.nearest(names, 3, skip, &mut scratch));
    found.into_iter().map(|entry| names.entries[entry as usize].target).collect()
}

#[test]
fn a_name_is_found_whatever_the_order_endings_and_letter_case() {
    let names = names(&[]);
    let query = Query::new(&names, "FAILURES, kidney");
    assert_eq!(names.with_bag(&query.bag), [(1, NameKind::Preferred)]);
    assert_eq!(names.with_plain(&query.normal.plain), []);
    assert_eq!(names.with_plain("blue rash"), [(4, NameKind::Preferred)]);
    assert_eq!((names.with_written("RR"), names.with_written("rr")), (&[5][..], &[][..]));
}

#[test]
fn what_the_vocabulary_uses_for_one_another_is_learned() {
    let names = names(&[]);
    let word = |word: &str| names.words.find(word).unwrap();
    let (kidney, renal, blue) = (word("kidnei"), word("renal"), word("blue"));
    assert!(names.substitutions.best(kidney, &[renal]) > 0.5);
    assert_eq!(names.substitutions.best(kidney, &[blue]), 0.0);
    assert_eq!(names.substitutions.best(blue, &[blue]), 1.0);
    // No name says `renal rash`, but `kidney rash` is near.
    assert_eq!(nearest(&names, "renal rash", None)[0], 6);
}

#[test]
fn misspelt_words_are_found_by_their_trigrams() {
    let names = names(&[]);
    assert_eq!(nearest(&names, "kidny failur", None)[0], 1);
    assert!(nearest(&names, "zzz", None).is_empty());
    assert!(Query::new(&names, " - ").is_empty());
}

#[test]
fn strings_of_training_are_names_but_not_for_their_own_document() {
    let string = |text, target, document| TrainingName { text, target, document };
    let names = names(&[string("lithiasis", 2, 7), string("grit", 2, 7), string("grit", 2, 8)]);
    assert_eq!(nearest(&names, "lithiasis", None)[0], 2);
    assert!(nearest(&names, "lithiasis", Some(7)).is_empty());
    assert_eq!(nearest(&names, "grit", Some(7)), [2]);
}

/// By hand, of the definition: weight(n) = ln((N + 1) / (n + 1)) + 0.1.
#[test]
fn nearness_is_the_cosine_of_weighted_terms() {
    let names = names(&[]);
    let total = names.entries.len() as f64;
    let weight = |count: f64| ((total + 1.0) / (count + 1.0)).ln() + 0.1;
    let entry = names.entries.iter().position(|entry| entry.target == 4).unwrap() as u32;
    let near = Query::new(&names, "rash").nearness(&names, entry);
    let (rash, blue) = (weight(3.0), weight(1.0));
    assert!((f64::from(near.words) - rash / (rash * rash + blue * blue).sqrt()).abs() < 1e-6);
    assert!((f64::from(near.covered) - 1.0).abs() < 1e-6);
    assert!((f64::from(near.covering) - rash / (rash + blue)).abs() < 1e-6);
    let same = Query::new(&names, "Rash, Blue").nearness(&names, entry);
    assert!((same.words - 1.0).abs() < 1e-6 && (same.grams - 1.0).abs() < 1e-6 && (same.overlap() - 1.0).abs() < 1e-6);
}
