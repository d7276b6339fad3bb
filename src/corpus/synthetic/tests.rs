use std::collections::BTreeSet;

use super::abstracts::{NameUse, Writer};
use super::lexicon::*;
use super::sampler::Sampler;
use super::*;

#[test]
fn a_seed_decides_every_byte() {
    assert_eq!(generate(1), generate(1));
    assert_ne!(generate(1).train, generate(2).train);
    assert_ne!(generate(1).embedding, generate(2).embedding);
}

#[test]
fn every_template_can_be_written_for_every_split() {
    for seed in 0..40 {
        for split in [NameUse::Train, NameUse::Later] {
            let mut sampler = Sampler::new(seed);
            for sentence in templates::all() {
                let mut writer = Writer::new(&mut sampler, split);
                writer.sentence(sentence);
                assert!(!writer.text().contains(['{', '}']), "{sentence}");
            }
        }
    }
}

/// Whatever the seed, a PubTator reader finds each mention where its line says, in order, and nothing of tabs or
/// overlaps.
#[test]
fn mentions_stand_where_their_offsets_say() {
    for seed in 0..20 {
        let made = generate(seed);
        for (split, documents) in [&made.train, &made.dev, &made.test].into_iter().zip(DOCUMENTS) {
            assert_eq!(split.matches("\n\n").count(), documents);
            for document in split.split_terminator("\n\n") {
                let mut lines = document.lines();
                let title = lines.next().unwrap().split_once("|t|").unwrap().1;
                let text = format!("{title} {}", lines.next().unwrap().split_once("|a|").unwrap().1);
                let characters: Vec<char> = text.chars().collect();
                let mut last_end = 0;
                for line in lines {
                    let fields: Vec<&str> = line.split('\t').collect();
                    if fields[1] == "CID" {
                        assert_eq!(fields.len(), 4);
                        continue;
                    }
                    let (start, end): (usize, usize) = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
                    assert!(last_end <= start && start < end, "{line}");
                    assert_eq!(characters[start..end].iter().collect::<String>(), fields[3]);
                    last_end = end;
                }
            }
        }
    }
}

#[test]
fn concepts_are_told_apart_and_lie_in_the_invented_ranges() {
    let mut concepts = BTreeSet::new();
    let families = FAMILIES.iter().map(|family| family.class_concept);
    let chemicals = CHEMICALS.iter().map(|chemical| chemical.concept).filter(|concept| *concept != "-1");
    for concept in DISEASES.iter().chain(ADVERSE_EFFECTS).map(|disease| disease.concept).chain(families).chain(chemicals) {
        assert!(concepts.insert(concept), "{concept} stands for two things");
        assert!(["MESH:D9000", "MESH:D9001", "MESH:D950", "OMIM:9900"].iter().any(|range| concept.starts_with(range)), "{concept}");
    }
    for composite in COMPOSITES {
        assert!(composite.concepts.iter().all(|concept| concepts.contains(concept)), "{}", composite.text);
    }
    assert!(DISEASES.iter().all(|disease| disease.family < FAMILIES.len() && disease.names.len() + disease.later_names.len() > 0));
}

#[test]
fn no_name_stands_for_two_diseases() {
    let mut names = BTreeSet::new();
    for disease in DISEASES.iter().chain(ADVERSE_EFFECTS) {
        for name in disease.names.iter().chain(disease.later_names) {
            assert!(names.insert(*name), "{name}: only abbreviations have more than one meaning");
        }
    }
}
