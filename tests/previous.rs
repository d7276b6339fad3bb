//! The previous systems of Table 2 as runs: from an experiment file to records and a table.

mod common;

use common::good;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const EXPERIMENT: &str = "\
name: previous
lexicons: {mine: {files: words.tsv}}
defaults: {data.corpus: mini, options.taggerone: {passes: 6}, options.transition: {iterations: 6, beam: 8}, options.dnorm: {iterations: 60, passes: 5}}
include:
  - {system: leadmine, options.lexicon.vocabulary: mine}
  - {system: dnorm, options.lexicon.vocabulary: mine}
  - {system: taggerone, options.lexicon.vocabulary: mine}
  - {system: transition, options.lexicon.vocabulary: mine}
seeds: [1, 2]
";

/// A vocabulary of the concepts that train and dev of the small corpus annotate, each with its strings there.
fn vocabulary() -> String {
    let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mini");
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for split in ["train", "dev"] {
        let text = fs::read_to_string(mini.join(format!("{split}.PubTator.txt"))).unwrap();
        for fields in text.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|fields| fields.len() >= 6) {
            let (name, concept) = (fields[3].to_owned(), fields[5].to_owned());
            if fields[4] == "Disease" && !concept.contains(['|', '+']) && concept != "-1" {
                let own = names.entry(concept).or_default();
                if !own.contains(&name) {
                    own.push(name);
                }
            }
        }
    }
    let line = |(id, names): (&String, &Vec<String>)| format!("{id}\t{}\t{}\n", names[0], names[1..].join("|"));
    format!("id\tname\tsynonyms\n{}", names.iter().map(line).collect::<String>())
}

fn runs(folder: &Path) -> Vec<serde_json::Value> {
    let rows = good(folder, &["export", "records", "--to", "jsonl"]);
    rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn previous_systems_are_runs_like_any_other() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("words.tsv"), vocabulary()).unwrap();
    fs::write(root.join("previous.yaml"), EXPERIMENT).unwrap();
    // The dictionary draws nothing at random: its two seeds are one run.
    let plan = good(root, &["run", "previous.yaml", "--dry-run"]);
    assert!(plan.contains("7 runs: 0 done, 7 to do, 0 not run"), "{plan}");
    let table = good(root, &["run", "previous.yaml"]);
    let all = runs(root);
    assert_eq!(all.len(), 7);
    for (title, mention, concept) in
        [("LeadMine", 0.6, 0.5), ("DNorm", 0.6, 0.4), ("TaggerOne", 0.6, 0.4), ("Transition-based Model", 0.6, 0.4)]
    {
        assert!(table.contains(title), "{table}");
        let own: Vec<&serde_json::Value> = all.iter().filter(|run| run["system"] == title).collect();
        assert!(!own.is_empty(), "{title}");
        for run in own {
            let f1 = |key: &str| run[key].as_f64().unwrap();
            assert!(f1("test_mention_f1") > mention && f1("test_concept_f1") > concept, "{title}: {run}");
        }
    }
    let id = |title: &str| all.iter().find(|run| run["system"] == title).unwrap()["run"].as_str().unwrap()[..12].to_owned();
    let shown = good(root, &["records", "show", &id("DNorm")]);
    assert!(shown.contains("ranking_passes") && shown.contains("test_primary_id_f1"), "{shown}");
    assert!(good(root, &["explain", &id("TaggerOne")]).contains("Confused concepts of MEN"));
    good(root, &["compare", &id("TaggerOne"), &id("LeadMine")]);
    good(root, &["records", "verify"]);
    // The same run again gives the same predictions.
    let packs: Vec<Vec<u8>> = ["DNorm", "TaggerOne", "Transition-based Model"]
        .iter()
        .map(|title| {
            let folder = root.join("runs").join(id(title));
            let pack = fs::read(folder.join("record.pack")).unwrap();
            fs::remove_dir_all(folder).unwrap();
            pack
        })
        .collect();
    good(root, &["run", "previous.yaml"]);
    for (title, before) in ["DNorm", "TaggerOne", "Transition-based Model"].iter().zip(packs) {
        assert_eq!(fs::read(root.join("runs").join(id(title)).join("record.pack")).unwrap(), before, "{title}");
    }
}
