use super::*;
use crate::corpus::{CharIndex, Document};
use crate::lexicon::evaluation::{Aim, best_threshold, calibration_error, judge, scores};
use crate::lexicon::fixtures::document;
use crate::lexicon::{TreeOptions, parse_lexicon};

/// An invented vocabulary: `PART AILMENT` for each of some parts and ailments, the parts with a second word, the ailments with a second.
fn lexicon() -> Lexicon {
    let parts =
        [("stone", "lithic"), ("river", "fluvial"), ("forest", "sylvan"), ("cloud", "nubic"), ("winter", "hiemal"), ("star", "stellar")];
    let ailments = [("rash", "eruption"), ("ache", "pain"), ("fever", "pyrexia"), ("palsy", "paralysis")];
    let mut lines = String::from("id\tname\tsynonyms\talternative_ids\n");
    for (i, (part, adjective)) in parts.iter().enumerate() {
        for (j, (ailment, other)) in ailments.iter().enumerate() {
            lines += &format!("D{i}{j}\t{part} {ailment}\t{adjective} {ailment}|{part} {other}|{ailment} of the {part}s\tOMIM:{i}{j}\n");
        }
    }
    parse_lexicon("f", &lines).unwrap()
}

fn training() -> Vec<Document> {
    let mut documents = Vec::new();
    for (n, (part, adjective)) in
        [("stone", "lithic"), ("river", "fluvial"), ("forest", "sylvan"), ("cloud", "nubic")].into_iter().enumerate()
    {
        for (m, ailment) in ["rash", "ache", "fever", "palsy"].into_iter().enumerate() {
            let text = format!(
                "A case of [{part} {ailment}|MESH:D{n}{m}] and of [severe {adjective} {ailment}|MESH:D{n}{m}]; the [{ailment}s of {part}|MESH:D{n}{m}] \
                 went, with [an odd sign|-1] and the [grumbles|OMIM:{n}{m}]."
            );
            documents.push(document(&format!("{n}{m}"), &text));
        }
    }
    documents.push(document(
        "c",
        "The [stone and river rash|MESH:D00|MESH:D10] and [cloud or forest ache|MESH:D21|MESH:D31] [X-land fever|X:9].",
    ));
    documents.push(document(
        "d",
        "The [stone and cloud fever|MESH:D02|MESH:D32], [river and forest palsy|MESH:D13|MESH:D23] [X-land fever|X:9].",
    ));
    documents
}

fn options() -> LinkOptions {
    let trees = TreeOptions { trees: 40, ..TreeOptions::default() };
    LinkOptions { trees, ..LinkOptions::default() }
}

fn linker() -> Linker {
    Linker::train(lexicon(), &training(), options()).unwrap()
}

fn concepts(linker: &Linker, marked: &str) -> Vec<String> {
    let document = document("new", marked);
    let spans: Vec<(usize, usize)> = document.mentions.iter().map(|mention| (mention.start, mention.end)).collect();
    linker.link(&document, &spans, None).iter().map(Linked::concept).collect()
}

#[test]
fn concepts_that_training_never_saw_are_named() {
    let linker = linker();
    assert_eq!(
        concepts(&linker, "We saw [hiemal rash|], [fevers of the star|], [X-land fever|] and [severe stellar ache|]."),
        ["MESH:D40", "MESH:D52", "X:9", "MESH:D51"].map(|id| id.replace("MESH:D4", "D4").replace("MESH:D5", "D5"))
    );
}

#[test]
fn short_forms_of_the_document_are_expanded() {
    let linked = concepts(&linker(), "The [winter rash|] (WR) of cats. [WR|] is [severe WR|].");
    assert_eq!(linked, ["D40"; 3]);
}

#[test]
fn a_mention_of_several_concepts_is_taken_apart() {
    let linker = linker();
    let document = document("new", "The [winter and star rash|] is bad.");
    let linked = linker.link(&document, &[(4, 24)], None);
    assert_eq!((linked[0].concept().as_str(), linked[0].source), ("D40|D50", Source::Parts));
    let whole = Linker::train(lexicon(), &training(), LinkOptions { composites: false, ..options() }).unwrap();
    let linked = whole.link(&document, &[(4, 24)], None);
    assert!(linked[0].candidates.iter().all(|candidate| candidate.source != Source::Parts), "{linked:?}");
}

#[test]
fn what_has_no_concept_gets_none() {
    let linker = linker();
    assert_eq!(concepts(&linker, "There was [an odd sign|] and [qwxyz|]."), ["-1", "-1"]);
    let document = document("", "");
    assert!(linker.link(&document, &[], None).is_empty());
    // Spans that are not in the text link to nothing.
    assert_eq!(linker.link(&document, &[(5, 9), (0, 0)], None).iter().map(Linked::concept).collect::<Vec<_>>(), ["-1", "-1"]);
}

#[test]
fn probabilities_of_candidates_are_shares() {
    let found = linker().look_up("winter eruption", 5);
    assert_eq!((found.len(), found[0].1.as_deref()), (5, Some("winter eruption")));
    let linked: Vec<Scored> = found.into_iter().map(|(scored, _)| scored).collect();
    assert_eq!((linked[0].ids.join("|").as_str(), linked[0].source), ("D40", Source::Name));
    assert_eq!(linked[0].names, ["winter rash"]);
    let sum: f64 = linked.iter().map(|scored| scored.probability).sum();
    assert!(linked.is_sorted_by(|a, b| a.probability >= b.probability) && sum <= 1.0 + 1e-9 && linked[0].probability > 0.5, "{linked:?}");
}

#[test]
fn untrained_the_nearest_names_are_found() {
    let linker = Linker::untrained(lexicon());
    let found = linker.look_up("hiemal rashes", 2);
    assert_eq!((found[0].0.ids.join("|").as_str(), found[0].1.as_deref()), ("D40", Some("hiemal rash")));
    assert!(found[0].0.probability > 0.9 && found[1].0.probability < 0.9, "{found:?}");
    assert_eq!(concepts(&linker, "[hiemal rashes|]"), ["D40"]);
    assert!(linker.look_up("", 2).is_empty());
}

#[test]
fn a_linker_comes_back_from_its_bytes() {
    let mut linker = linker();
    linker.calibrate(&training());
    linker.set_threshold(0.125);
    let bytes = linker.to_bytes();
    assert_eq!(bytes, linker.to_bytes());
    let back = Linker::from_bytes(&bytes).unwrap();
    assert_eq!(back.learned, linker.learned);
    assert_eq!((back.threshold(), back.lexicon().digest()), (0.125, linker.lexicon().digest()));
    let marked = "A [hiemal rash|], [winter and star rash|], [X-land fever|], [nothing|]";
    assert_eq!(concepts(&back, marked), concepts(&linker, marked));
    for (at, broken) in [&bytes[..bytes.len() / 2], b"", b"\x1f\x8bxx"].into_iter().enumerate() {
        let message = Linker::from_bytes(broken).err().unwrap_or_else(|| panic!("{at}")).to_string();
        assert!(message.contains("broken"), "{message}");
    }
}

#[test]
fn the_id_that_the_corpus_writes_is_learned() {
    let gold = |kind: &str| {
        let mut documents = training();
        for mention in documents.iter_mut().flat_map(|document| &mut document.mentions) {
            let concept = mention.concept.clone().unwrap();
            if let Some(rest) = concept.strip_prefix("MESH:D").filter(|rest| rest.len() == 2) {
                mention.concept = Some(format!("{kind}{rest}").into());
            }
        }
        Linker::train(lexicon(), &documents, options()).unwrap()
    };
    // Of concepts that training has and of others.
    assert_eq!(concepts(&gold("OMIM:"), "[stone rash|] [winter rash|]"), ["OMIM:00", "OMIM:40"]);
    assert_eq!(concepts(&gold("MESH:D"), "[winter rash|]"), ["D40"]);
}

struct Fixed(Vec<(String, f32)>);

impl ConceptProbabilities for Fixed {
    fn concepts(&self, _start: usize, _end: usize) -> &[(String, f32)] {
        &self.0
    }
}

#[test]
fn probabilities_are_learned_to_be_trusted() {
    // Mentions that no name says anything of; they are always right.
    let mut documents = Vec::new();
    let mut probabilities = Vec::new();
    for n in 0..40 {
        let concept = format!("D{}{}", n % 6, n % 4);
        documents.push(document(&n.to_string(), &format!("The [zq{n}x|{concept}] is here.")));
        probabilities.push(Fixed(vec![(concept, 0.9), ("D33".into(), 0.05)]));
    }
    let probabilities: Vec<&dyn ConceptProbabilities> =
        probabilities.iter().map(|probabilities| probabilities as &dyn ConceptProbabilities).collect();
    let linker =
        Linker::train_with(lexicon(), &documents, options(), &Resources { probabilities: &probabilities, ..Resources::default() }).unwrap();
    let new = document("new", "The [wholly new|] thing.");
    let held = Fixed(vec![("D12".into(), 0.9), ("D33".into(), 0.05)]);
    let linked = linker.link(&new, &[(4, 14)], Some(&held));
    assert_eq!((linked[0].concept().as_str(), linked[0].source), ("D12", Source::Tagger));
    assert_eq!(linker.link(&new, &[(4, 14)], None)[0].concept(), "-1");
}

#[test]
fn training_twice_gives_the_same_and_scores_are_counted_over_every_mention() {
    let (a, b) = (linker(), linker());
    assert_eq!(a.learned, b.learned);
    let documents = [document("1", "The [winter rash|D40] or [winter rash|OMIM:40], [qwxyz|-1], [stone and river rash|MESH:D10|D00].")];
    let judged = judge(&a, &documents);
    let right: Vec<bool> = judged.iter().map(|one| one.right).collect();
    // The second is right but for the id.
    assert_eq!(right, [true, false, true, true]);
    let scores = scores(&judged, &documents, &a.options().entity_types, 0.0);
    assert_eq!((scores.mentions, scores.right), (4, 3));
    assert_eq!((scores.concepts.tp, scores.concepts.fp, scores.concepts.fn_), (3, 0, 1));
    for aim in [Aim::Accuracy, Aim::ConceptF1] {
        assert!(best_threshold(&judged, &documents, &a.options().entity_types, aim) < 0.5);
    }
    assert!(calibration_error(&judged) < 0.5);
}

#[test]
fn ids_that_never_meet_are_an_error() {
    let documents = [document("1", "The [ache|HP:0000001] here")];
    let message = Linker::train(lexicon(), &documents, options()).err().unwrap().to_string();
    assert!(message.contains("`HP:0000001`") && message.contains("`D00`"), "{message}");
    let message = Linker::train(lexicon(), &[], options()).err().unwrap().to_string();
    assert!(message.contains("no mention with a concept"), "{message}");
}

#[test]
fn stages_answer_by_their_own_rule_alone() {
    let at = |stage: Stage| Linker::train(lexicon(), &training(), LinkOptions { stage, ..options() }).unwrap();
    let marked = "The [stone rash|], [hiemal rash|], [winter rsh|], river rash (RR): [RR|]";
    assert_eq!(concepts(&at(Stage::TrainingStrings), marked), ["MESH:D00", "-1", "-1", "-1"].map(|id| id.replace("MESH:", "")));
    assert_eq!(concepts(&at(Stage::Abbreviations), marked), ["D00", "-1", "-1", "D10"]);
    assert_eq!(concepts(&at(Stage::ExactNames), marked), ["D00", "D40", "-1", "D10"]);
    assert_eq!(concepts(&at(Stage::NearestName), marked), ["D00", "D40", "D40", "D10"]);
}

#[test]
fn calibration_makes_probabilities_meet_what_is_seen() {
    let mut linker = linker();
    assert_eq!(linker.learned.temperature, 1.0);
    linker.calibrate(&training());
    assert!(linker.learned.temperature != 1.0);
    linker.calibrate(&[]);
    assert_eq!(linker.learned.temperature, 1.0);
}

/// A recogniser that finds nothing in documents that name diseases of the vocabulary and of training.
fn held_out() -> Vec<Document> {
    let texts = [
        ("A [winter rash|D40] came back.", "A cold winter came back."),
        ("The [stellar palsy|D53] of cats is rare.", "The stellar mass is rare."),
        ("Some had [lithic ache|MESH:D01] and [X-land fever|X:9].", "None had grumbles about a cloud."),
        ("The [hiemal fever|D42] ([HF|D42]) went; the [HF|D42] is gone.", "Nothing (HF) is gone."),
        ("Now [sylvan rash|MESH:D20] or [fever of the stars|D52].", "Now rash or not."),
    ];
    let documents = texts.iter().enumerate().flat_map(|(at, (with, without))| [(at, 'w', with), (at, 'o', without)]);
    documents.map(|(at, kind, text)| document(&format!("{at}{kind}"), text)).collect()
}

/// What the linker proposes for documents in which the recogniser is unsure of everything.
fn proposed(linker: &Linker, documents: &[Document]) -> Vec<Vec<Proposed>> {
    documents.iter().map(|document| linker.propose(document, Recognised { mentions: &[], tokens: &[] }, None)).collect()
}

fn with_dictionary() -> Linker {
    Linker::train(lexicon(), &training(), LinkOptions { dictionary_mentions: true, ..options() }).unwrap()
}

#[test]
fn names_that_the_recogniser_misses_are_proposed_and_kept_where_dev_says_so() {
    let mut linker = with_dictionary();
    let dev = held_out();
    let texts = |found: &[Proposed], document: &Document| -> Vec<String> {
        let text = document.text();
        let index = CharIndex::new(&text);
        found.iter().map(|one| index.slice(one.mention.start, one.mention.end).unwrap().to_owned()).collect()
    };
    let mut found = proposed(&linker, &dev);
    assert_eq!(texts(&found[6], &dev[6]), ["hiemal fever", "HF", "HF"]);
    assert!(texts(&found[7], &dev[7]).is_empty(), "a short form that nothing defines");
    // Nothing has been learned of them: the recogniser's mentions alone are kept.
    assert!(linker.recognised(&dev, &found).iter().all(|document| document.mentions.is_empty()));
    let scores = linker.learn_proposals(&dev, &mut found);
    assert!(scores.concept_f1 > 0.7 && scores.recogniser_concept_f1 == 0.0, "{scores:?}");
    let (normalized, probabilities) = linker.normalized(&dev, &found);
    let concepts: Vec<&str> = normalized.iter().flat_map(|document| &document.mentions).filter_map(|m| m.concept.as_deref()).collect();
    assert!(concepts.contains(&"D40") && concepts.contains(&"D53"), "{concepts:?}");
    assert_eq!(probabilities.iter().map(Vec::len).collect::<Vec<_>>(), normalized.iter().map(|d| d.mentions.len()).collect::<Vec<_>>());
    // A document alone is annotated alike, with its concepts, by the linker that comes back from its bytes too.
    let back = Linker::from_bytes(&linker.to_bytes()).unwrap();
    for linker in [&linker, &back] {
        let kept = linker.annotate(&dev[0], Recognised { mentions: &[], tokens: &[] }, None);
        assert_eq!(kept.iter().map(|one| one.linked.concept()).collect::<Vec<_>>(), ["D40"]);
    }
    // Over another vocabulary without training's strings nothing is known of proposals.
    assert!(!linker.over(lexicon(), false).proposes() && linker.over(lexicon(), true).proposes());
}

#[test]
fn a_linker_that_proposes_nothing_is_as_it_was() {
    let (given, proposing) = (linker(), with_dictionary());
    assert!(!given.proposes() && proposing.proposes());
    assert!(given.propose(&held_out()[0], Recognised { mentions: &[], tokens: &[] }, None).is_empty());
    assert!(!String::from_utf8_lossy(&unpacked(&given.to_bytes())).contains("Proposed"));
}

/// A linker's bytes as they are written.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut text).unwrap();
    text
}

#[test]
fn a_linker_of_another_version_is_refused() {
    let text = String::from_utf8(unpacked(&linker().to_bytes())).unwrap().replace("\"version\":2", "\"version\":9");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let message = Linker::from_bytes(&packed.finish().unwrap()).unwrap_err().to_string();
    assert!(message.contains('9') && message.contains('2'), "{message}");
}
