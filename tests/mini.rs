//! The corpus that is shipped: it is what its generator makes, and it has what its README says.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use mermen::corpus::synthetic::{MINI_SEED, generate};
use mermen::embedding::{Embedding, Lookup, Source, load, wanted_forms};

fn mini(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mini").join(name)
}

struct Mention {
    text: String,
    entity_type: String,
    concept: String,
}

#[derive(Default)]
struct Split {
    texts: Vec<String>,
    mentions: Vec<Mention>,
}

fn split(name: &str) -> Split {
    let mut split = Split::default();
    let text = fs::read_to_string(mini(&format!("{name}.PubTator.txt"))).unwrap();
    for line in text.lines() {
        if let Some((_, prose)) = line.split_once("|t|").or(line.split_once("|a|")) {
            split.texts.push(prose.to_owned());
        } else if let [_, _, _, text, entity_type, concept, ..] = line.split('\t').collect::<Vec<_>>()[..] {
            split.mentions.push(Mention { text: text.into(), entity_type: entity_type.into(), concept: concept.into() });
        }
    }
    split
}

impl Split {
    fn diseases(&self) -> impl Iterator<Item = &Mention> {
        self.mentions.iter().filter(|mention| mention.entity_type == "Disease")
    }

    fn concepts(&self) -> BTreeSet<&str> {
        self.diseases().map(|mention| mention.concept.as_str()).collect()
    }

    fn words(&self) -> HashSet<String> {
        self.texts.iter().flat_map(|text| words(text)).collect()
    }
}

/// Runs of letters and digits; punctuation is in every vocabulary and not of interest here.
fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn vectors(words: &HashSet<String>) -> Embedding {
    let wanted = wanted_forms(words.iter().map(String::as_str), Lookup::ExactThenLower);
    load(&Source::Text(mini("embedding.txt")), 20, &wanted).unwrap()
}

#[test]
fn the_files_are_what_the_generator_makes() {
    let made = generate(MINI_SEED);
    for (name, made) in [
        ("train.PubTator.txt", made.train),
        ("dev.PubTator.txt", made.dev),
        ("test.PubTator.txt", made.test),
        ("embedding.txt", made.embedding),
    ] {
        let shipped = fs::read_to_string(mini(name)).unwrap();
        assert!(shipped == made, "data/mini/{name} is not what the generator makes; run `cargo run --release --example make_mini`");
    }
}

#[test]
fn the_readme_counts_right() {
    let readme = fs::read_to_string(mini("README.md")).unwrap();
    for name in ["train", "dev", "test"] {
        let split = split(name);
        let disease = split.diseases().count();
        let row = format!(
            "| {name} | {} | {disease} | {} | {} | {} | {} |",
            split.texts.len() / 2,
            split.mentions.len() - disease,
            split.concepts().len(),
            split.diseases().filter(|mention| mention.concept.contains('|')).count(),
            split.diseases().filter(|mention| mention.concept == "-1").count(),
        );
        assert!(readme.contains(&row), "data/mini/README.md lacks the row\n{row}");
    }
    let rows = vectors(&HashSet::new()).rows_in_source;
    assert!(readme.contains(&format!("{rows} words")), "data/mini/README.md lacks \"{rows} words\"");
}

/// Words of a mention in training and in the embedding (IV), out of training (OOTV), of the embedding (OOEV) or of both
/// (OOBV).
#[test]
fn every_out_of_vocabulary_subset_is_met() {
    let in_train = split("train").words();
    for name in ["dev", "test"] {
        let split = split(name);
        let embedding = vectors(&split.words());
        let mut counts = BTreeMap::new();
        for mention in split.diseases() {
            let words = words(&mention.text);
            let train = words.iter().all(|word| in_train.contains(word));
            let embedded = words.iter().all(|word| embedding.row_of(word, Lookup::ExactThenLower).is_some());
            *counts.entry((train, embedded)).or_insert(0) += 1;
        }
        assert!(counts.len() == 4 && counts.values().all(|count| *count >= 5), "{name}: {counts:?}");
    }
}

#[test]
fn it_has_the_difficulties_of_the_real_corpora() {
    let (train, test) = (split("train"), split("test"));
    let meanings = |split: &Split, text: &str| -> BTreeSet<String> {
        split.diseases().filter(|mention| mention.text == text).map(|mention| mention.concept.clone()).collect()
    };
    assert_eq!(meanings(&train, "HCA").len(), 2, "one abbreviation, two diseases");
    assert_eq!(meanings(&test, "HCA").len(), 2);
    assert!(train.texts.iter().any(|text| text.contains("spartate transaminase (AST)")), "an abbreviation that is not a disease here");
    assert!(train.mentions.iter().any(|mention| mention.text == "AST"), "and one there");
    assert!(test.concepts().difference(&train.concepts()).count() >= 3, "concepts that training never shows");
    let named: HashSet<&str> = train.mentions.iter().map(|mention| mention.text.as_str()).collect();
    let new_names =
        test.diseases().filter(|mention| !named.contains(mention.text.as_str()) && train.concepts().contains(&*mention.concept));
    assert!(new_names.count() >= 10, "known concepts under names that training never shows");
    assert!(test.mentions.iter().any(|mention| mention.text.starts_with("Ménardier")), "a mention outside ASCII");
    assert!(train.texts.iter().any(|text| text.contains(" patients") && text.contains("e.g. ") && text.contains('±')));
}

#[test]
fn words_for_diseases_of_one_family_lie_near_each_other() {
    let groups = [["cortical", "ataxia", "dystonia"], ["myopathy", "dystrophy", "myotonic"], ["carcinoma", "adenoma", "papillary"]];
    let embedding = vectors(&groups.concat().into_iter().map(str::to_owned).collect());
    let cosine = |a: &str, b: &str| {
        let vector = |word| embedding.vector(embedding.row_of(word, Lookup::Exact).unwrap());
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (a, b) = (vector(a), vector(b));
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let mean = |pairs: Vec<(&str, &str)>| pairs.iter().map(|(a, b)| cosine(a, b)).sum::<f32>() / pairs.len() as f32;
    let within = mean(groups.iter().flat_map(|[a, b, c]| [(*a, *b), (*b, *c), (*a, *c)]).collect());
    let across = mean((0..3).flat_map(|n| (0..3).map(move |word| (groups[n][word], groups[(n + 1) % 3][word]))).collect());
    assert!(within > across + 0.15, "{within} {across}");
}
