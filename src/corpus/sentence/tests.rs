use super::*;
use proptest::prelude::*;

/// The sentences of an abstract, as text.
fn split_text(abstract_text: &str) -> Vec<String> {
    let document = Document { title: "T".into(), abstract_text: abstract_text.into(), ..Document::default() };
    let text: Vec<char> = document.text().chars().collect();
    let all = sentences(3, &document);
    assert!(all.iter().all(|sentence| sentence.document == 3 && !sentence.tokens.is_empty()));
    let part = |s: &Sentence| text[s.tokens[0].start..s.tokens[s.tokens.len() - 1].end].iter().collect();
    all[1..].iter().map(part).collect()
}

#[track_caller]
fn stays_whole(text: &str) {
    assert_eq!(split_text(text), [text]);
}

#[test]
fn sentences_end_at_stops_questions_and_exclamations() {
    assert_eq!(
        split_text("It is rare. Is it? Yes! (See below.) 12 had it."),
        ["It is rare.", "Is it?", "Yes!", "(See below.)", "12 had it."]
    );
    assert_eq!(split_text("He had \"gout.\" She had none."), ["He had \"gout.\"", "She had none."]);
}

#[test]
fn the_title_ends_a_sentence_with_or_without_a_stop() {
    let document = Document { title: "Gout in men".into(), abstract_text: "gout is old.".into(), ..Document::default() };
    assert_eq!(sentences(0, &document).len(), 2);
    assert_eq!(sentences(0, &Document::default()).len(), 0);
}

#[test]
fn abbreviations_do_not_end_a_sentence() {
    stays_whole("Some drugs, e.g. Lithium, are toxic.");
    stays_whole("As Fig. 2 shows, i.e. Here, it fell vs. Placebo.");
    stays_whole("Lesion no. 3 and nos. 4 were cut at 8 p.m. Daily.");
    assert_eq!(split_text("The answer was no. Patients left.").len(), 2);
}

#[test]
fn decimals_do_not_end_a_sentence() {
    stays_whole("It rose by 3.5 to 4.0 (P < .05) in all.");
    assert_eq!(split_text("It rose to 4.0. The rest fell.").len(), 2);
}

#[test]
fn species_and_initials_do_not_end_a_sentence_but_the_letter_of_a_name_does() {
    stays_whole("Infection by E. coli and by S. Typhimurium was seen.");
    stays_whole("J. R. Hale and Mary K. Stone found it.");
    assert_eq!(split_text("All had hepatitis B. Vaccines failed.").len(), 2);
    assert_eq!(split_text("They lacked factor X. The rest had it.").len(), 2);
    stays_whole("A U.S. Veteran was seen.");
    assert_eq!(split_text("They came from the U.S. The rest did not.").len(), 2);
}

#[test]
fn brackets_hold_a_sentence_together_unless_they_never_close() {
    stays_whole("Ataxia (A. Smith, pers. Comm. Of May. Not shown) was seen.");
    assert_eq!(split_text("An open ( bracket. It never closes. Or does it.").len(), 3);
}

#[test]
fn names_in_lower_case_may_begin_a_sentence() {
    assert_eq!(split_text("The gene was lost. p53 was spared. c-fos was kept. mRNA fell.").len(), 4);
    stays_whole("It weighed 3 approx. and was cut. again.");
}

proptest! {
    #[test]
    fn every_token_is_in_exactly_one_sentence(title in "[A-Za-z0-9 .?!()\"'é-]{0,60}", text in "[A-Za-z0-9 .?!()\"'é-]{0,120}") {
        let document = Document { title, abstract_text: text, ..Document::default() };
        let tokens: Vec<Token> = sentences(0, &document).into_iter().flat_map(|sentence| sentence.tokens).collect();
        prop_assert_eq!(tokens, crate::corpus::tokenize(&document.text()));
    }
}
