use super::*;
use std::collections::BTreeSet;

fn found(text: &str, detector: Detector) -> Vec<(String, String)> {
    abbreviations(text, detector).into_iter().map(|found| (found.short, found.long)).collect()
}

fn pair(short: &str, long: &str) -> (String, String) {
    (short.to_owned(), long.to_owned())
}

const BOTH: [Detector; 2] = [Detector::SchwartzHearst, Detector::Aligned];

#[test]
fn a_long_form_stands_before_the_parenthesis() {
    for detector in BOTH {
        let text = "We saw brittle bone disease (BBD) and heat shock protein 70 (HSP70). BBD is rare.";
        assert_eq!(found(text, detector), [pair("BBD", "brittle bone disease"), pair("HSP70", "heat shock protein 70")]);
        assert_eq!(found("dry eye disease (DED; MIM 100)", detector), [pair("DED", "dry eye disease")]);
        assert_eq!(found("dry-eye disease [DED]", detector), [pair("DED", "dry-eye disease")]);
    }
}

#[test]
fn or_within_it() {
    for detector in BOTH {
        assert_eq!(found("The DED (dry eye disease) test", detector), [pair("DED", "dry eye disease")]);
    }
}

#[test]
fn what_defines_nothing_gives_nothing() {
    for detector in BOTH {
        for text in
            ["in 20 patients (n = 5)", "the gene (XYZ)", "the test (see Fig. 2)", "an open (parenthesis", "()", "", "(AB)", "a b (A)"]
        {
            assert_eq!(found(text, detector), [], "{text}");
        }
        // The words before a full stop belong to another sentence.
        assert_eq!(found("This was dry eye. Disease (DED) followed", detector), []);
    }
}

#[test]
fn the_alignment_takes_the_first_letters_where_the_shortest_form_does_not() {
    // From right to left, `T` is first met inside `arthritis`, and `s` inside `systemic`.
    let text = "a case of trauma of the tibia (TT)";
    assert_eq!(found(text, Detector::Aligned), [pair("TT", "trauma of the tibia")]);
    let text = "mild strange symptoms syndrome (SSS)";
    assert_eq!(found(text, Detector::SchwartzHearst), [pair("SSS", "symptoms syndrome")]);
    assert_eq!(found(text, Detector::Aligned), [pair("SSS", "strange symptoms syndrome")]);
    assert_eq!(found("two single joint aches (SJAs)", Detector::Aligned), [pair("SJAs", "single joint aches")]);
}

#[test]
fn short_forms_of_a_document_expand_its_mentions() {
    let forms = ShortForms::of("The dry eye disease (DED) and brittle bone disease (BBD) differ.", Detector::Aligned);
    let expanded = |mention: &str| forms.expand(mention);
    assert_eq!(expanded("DED").as_deref(), Some("dry eye disease"));
    assert_eq!(expanded("early DED of cats").as_deref(), Some("early dry eye disease of cats"));
    assert_eq!(expanded("DED-like rash").as_deref(), Some("dry eye disease-like rash"));
    assert_eq!(expanded("dry eye disease (DED) of cats").as_deref(), Some("dry eye disease of cats"));
    assert_eq!(expanded("DEDs").as_deref(), Some("dry eye disease"));
    assert_eq!(expanded("DED2a").as_deref(), Some("dry eye disease 2a"));
    assert_eq!(expanded("DED-BBD").as_deref(), Some("dry eye disease-brittle bone disease"));
    assert_eq!(expanded("ded"), None);
    assert_eq!(ShortForms::default().expand("DED"), None);
    assert!(ShortForms::default().is_empty());
}

#[test]
fn a_hyphenated_short_form_defines_its_parts() {
    let forms = ShortForms::of("The hyperostosis-joint ache (HO-JA) syndrome", Detector::Aligned);
    let long = |short: &str| forms.long(short).map(std::borrow::Cow::into_owned);
    assert_eq!(
        ["HO-JA", "HO", "JA"].map(long),
        ["hyperostosis-joint ache", "hyperostosis", "joint ache"].map(|long| Some(long.to_owned()))
    );
    assert_eq!(forms.expand("severe HO-JA").as_deref(), Some("severe hyperostosis-joint ache"));
}

#[test]
fn any_text_is_read_without_a_panic() {
    for text in ["β-thalassämie (βT)", "(((((", ")(", "é (é)", "ﬁ (FI) (FI)", "a\u{0} (A\u{0})", "İstanbul fever (İF)"] {
        for detector in BOTH {
            let forms = ShortForms::of(text, detector);
            forms.expand(text);
        }
    }
}

/// Against the output of the real Ab3P (`shared/data/abbreviations`): pairs of a document, in any letter case. The output covers all splits of
/// NCBI Disease, and of BC5CDR the test split. What a detector must reach is set a little below what it reaches.
#[test]
fn on_real_abstracts_the_detectors_agree_with_ab3p() {
    let Some(data) = crate::registry::test_data_dir() else { return };
    let key = |id: &str, short: &str, long: &str| format!("{id}\t{}\t{}", short.to_lowercase(), long.to_lowercase());
    for name in ["ncbi-disease", "bc5cdr"] {
        let Ok(oracle) = std::fs::read_to_string(data.join(format!("abbreviations/{name}.ab3p.tsv"))) else {
            println!("skipped: no output of Ab3P for {name}");
            continue;
        };
        let corpus = crate::registry::load_corpus(name, &data).unwrap();
        let documents: Vec<_> =
            [corpus.train, corpus.dev, corpus.test].into_iter().skip(if name == "bc5cdr" { 2 } else { 0 }).flatten().collect();
        let ids: BTreeSet<&str> = documents.iter().map(|document| document.id.as_str()).collect();
        let fields = oracle.lines().map(|line| line.split('\t').collect::<Vec<&str>>());
        let expected: BTreeSet<String> =
            fields.filter(|fields| ids.contains(fields[0])).map(|fields| key(fields[0], fields[1], fields[2])).collect();
        assert!(expected.len() > 500, "{}", expected.len());
        for (detector, least) in [(Detector::SchwartzHearst, 0.88), (Detector::Aligned, 0.90)] {
            let mut given = BTreeSet::new();
            for document in &documents {
                let pairs = abbreviations(&document.text(), detector);
                given.extend(pairs.iter().map(|found| key(&document.id, &found.short, &found.long)));
            }
            let both = given.intersection(&expected).count();
            let (precision, recall) = (both as f64 / given.len() as f64, both as f64 / expected.len() as f64);
            println!("{name} {detector:?}: precision {precision:.4} recall {recall:.4} of {} pairs", expected.len());
            assert!(precision.min(recall) > least, "{precision} {recall}");
        }
    }
}
