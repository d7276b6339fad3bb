//! Systems that are not neural taggers, from an experiment file to a table: `system: memorizer` beside networks.

mod common;

use common::{bad, good};
use std::fs;
use std::path::Path;

const EXPERIMENT: &str = "\
name: systems
defaults: {data.corpus: mini, embedding.name: mini-20, model.layers: 1, model.hidden: 16, train.epochs: 3, train.batch: 4, train.optimizer: adam, train.learning_rate: 0.01}
matrix: {system: [neural, memorizer]}
seeds: [1, 2]
";

/// (run, system, seed) of every record.
fn runs(folder: &Path) -> Vec<serde_json::Value> {
    let rows = good(folder, &["export", "records", "--to", "jsonl"]);
    rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_memorizer_is_a_run_like_any_other() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("systems.yaml"), EXPERIMENT).unwrap();
    // It draws nothing at random: its two seeds are one run.
    let plan = good(root, &["run", "systems.yaml", "--dry-run"]);
    assert!(plan.contains("3 runs: 0 done, 3 to do, 0 not run"), "{plan}");
    let table = good(root, &["run", "systems.yaml"]);
    assert!(table.contains("Memorizer (own spans)") && table.contains("Bi-LSTM-CNNs"), "{table}");

    let all = runs(root);
    assert_eq!(all.len(), 3);
    let memorizer = all.iter().find(|run| run["system"] == "Memorizer (own spans)").unwrap();
    let neural = all.iter().find(|run| run["system"] != "Memorizer (own spans)").unwrap();
    assert!(memorizer["test_mention_f1"].as_f64().unwrap() > 0.4 && memorizer["test_concept_f1"].as_f64().unwrap() > 0.3, "{memorizer}");
    let id = |run: &serde_json::Value| run["run"].as_str().unwrap()[..12].to_owned();
    let shown = good(root, &["records", "show", &id(memorizer)]);
    assert!(
        shown.contains("system=memorizer") && shown.contains("strings") && shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
    // Its predictions are its record's, its errors are explained, and it compares with networks.
    assert!(good(root, &["explain", &id(memorizer)]).contains("Confused concepts of MEN"));
    assert!(good(root, &["compare", &id(memorizer), &id(neural)]).contains("second has system=neural"));
    assert!(bad(root, &["predict", "--model", &id(memorizer), "--input", "systems.yaml", "--output", "-"]).contains("not a network"));

    // With the mentions of a network's MER it finds what that one finds, and gives them training's concepts.
    let spans = format!("options.memorizer.spans={}", id(neural));
    fs::write(root.join("given.yaml"), "name: given\ndefaults: {data.corpus: mini, system: memorizer}\nseeds: [1]\n").unwrap();
    good(root, &["run", "given.yaml", "--set", &spans]);
    let given = runs(root).into_iter().find(|run| run["options.memorizer.spans"] == id(neural).as_str()).unwrap();
    for count in ["test_mention_tp", "test_mention_fp", "dev_mention_fn"] {
        assert_eq!(given[count], neural[count], "{count}");
    }
    assert_ne!(given["test_concept_tp"], neural["test_concept_tp"]);
    good(root, &["records", "verify"]);
}

/// A vocabulary of the concepts that the splits of the small corpus annotate, each with the strings that it is annotated on in `split`.
fn vocabulary(splits: &[&str]) -> String {
    let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mini");
    let mut names: std::collections::BTreeMap<String, Vec<String>> = Default::default();
    for split in splits {
        let text = fs::read_to_string(mini.join(format!("{split}.PubTator.txt"))).unwrap();
        for fields in text.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|fields| fields.len() >= 6) {
            let (name, concept) = (fields[3].to_owned(), fields[5].to_owned());
            if !concept.contains(['|', '+']) && concept != "-1" && !names.entry(concept.clone()).or_default().contains(&name) {
                names.entry(concept).or_default().push(name);
            }
        }
    }
    let line = |(id, names): (&String, &Vec<String>)| format!("{id}\t{}\t{}\n", names[0], names[1..].join("|"));
    format!("id\tname\tsynonyms\n{}", names.iter().map(line).collect::<String>())
}

const LINKED: &str = "\
name: linked
lexicons: {mine: {files: words.tsv, edits: edits.tsv}}
defaults: {data.corpus: mini, embedding.name: mini-20, model: {framework: pipeline, layers: 1, hidden: 16}, train: {epochs: 3, batch: 4, optimizer: adam, learning_rate: 0.01}}
include:
  - {system: lexicon, options.lexicon.vocabulary: mine, options.lexicon.stage: training-strings}
  - {system: lexicon, options.lexicon.vocabulary: mine}
  - {system: lexicon, options.lexicon.vocabulary: mine, options.lexicon.men_probability: true}
  - {system: lexicon, options.lexicon.vocabulary: mine, options.lexicon.dictionary_mentions: true}
  - {system: neural}
seeds: [1]
";

#[test]
fn mentions_of_a_network_are_linked_to_a_vocabulary() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("linked.yaml"), LINKED).unwrap();
    fs::write(root.join("edits.tsv"), "# none but\nadd\tX:404\tgout\n").unwrap();
    fs::write(root.join("words.tsv"), vocabulary(&["train", "dev", "test"])).unwrap();
    let why = bad(root, &["run", "linked.yaml", "--dry-run"]);
    assert!(why.contains("edits.tsv:2") && why.contains("X:404"), "{why}");
    fs::write(root.join("edits.tsv"), "# no edits\n").unwrap();
    good(root, &["run", "linked.yaml", "--jobs", "1"]);
    let all = runs(root);
    assert_eq!(all.len(), 5);
    let of = |key: &str, value: &str| all.iter().find(|run| run[key].to_string().trim_matches('"') == value).unwrap();
    let (neural, strings) = (of("system", "Bi-LSTM-CNNs"), of("options.lexicon.stage", "training-strings"));
    let with_men = |run: &serde_json::Value| run["options.lexicon.men_probability"].to_string().contains("true");
    let with_dictionary = |run: &serde_json::Value| run["options.lexicon.dictionary_mentions"].to_string().contains("true");
    let dictionary = all.iter().find(|run| with_dictionary(run)).unwrap();
    let of_network = || all.iter().filter(|run| run["run"] != dictionary["run"]);
    let ranker = of_network().find(|run| run["system"] == "Lexicon" && run["run"] != strings["run"] && !with_men(run)).unwrap();
    // One network finds the mentions of all of them; with the vocabulary more concepts are found than training's strings or tags name.
    for run in of_network() {
        assert_eq!((&run["test_mention_tp"], &run["dev_mention_fp"]), (&neural["test_mention_tp"], &neural["dev_mention_fp"]), "{run}");
    }
    let f1 = |run: &serde_json::Value| run["test_concept_f1"].as_f64().unwrap();
    assert!(f1(ranker) > f1(strings) && f1(ranker) > f1(neural), "{} {} {}", f1(ranker), f1(strings), f1(neural));
    let id = |run: &serde_json::Value| run["run"].as_str().unwrap()[..12].to_owned();
    let shown = good(root, &["records", "show", &id(ranker)]);
    assert!(shown.contains("system=lexicon") && shown.contains("threshold"), "{shown}");
    assert!(good(root, &["explain", &id(ranker)]).contains("Confused concepts of MEN"));
    assert!(good(root, &["compare", &id(ranker), &id(neural)]).contains("second has"));
    good(root, &["records", "verify"]);
    let again = good(root, &["run", "linked.yaml", "--dry-run"]);
    assert!(again.contains("5 runs: 5 done, 0 to do, 0 not run"), "{again}");
    predicted_as_in_the_run(root, &id(ranker));
    own_names_in_prediction(root);
    // The small network finds little of what the dictionary has.
    assert!(dictionary["dev_mention_tp"].as_u64() > ranker["dev_mention_tp"].as_u64(), "{dictionary}");
    predicted_as_in_the_run(root, &id(dictionary));
    // Another vocabulary is another run.
    fs::write(root.join("words.tsv"), vocabulary(&["train", "dev"])).unwrap();
    let again = good(root, &["run", "linked.yaml", "--dry-run"]);
    assert!(again.contains("5 runs: 1 done, 4 to do, 0 not run"), "{again}");
}

/// What `predict` says of the test documents, by the model file that [`predicted_as_in_the_run`] wrote.
fn annotate(root: &Path, more: &[&str]) -> String {
    let asked = ["predict", "--model", "linked.mermen", "--input", test_documents(), "--to", "jsonl"];
    good(root, &[&asked[..], more].concat())
}

fn test_documents() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/data/mini/test.PubTator.txt")
}

/// A model file of the run `id` annotates the test documents as the run did, alone and on several threads, and says what decided.
fn predicted_as_in_the_run(root: &Path, id: &str) {
    let test = test_documents();
    drop(fs::remove_file(root.join("linked.mermen")));
    good(root, &["export", "model", id, "--output", "linked.mermen"]);
    let out = annotate(root, &["--threads", "1", "--top", "3"]);
    assert_eq!(out, annotate(root, &["--threads", "3", "--top", "3"]));
    let mut found = Vec::new();
    for line in out.lines() {
        let document: serde_json::Value = serde_json::from_str(line).unwrap();
        for mention in document["mentions"].as_array().unwrap() {
            assert!(mention["candidates"].as_array().is_some_and(|candidates| (1..=3).contains(&candidates.len())), "{mention}");
            if let Some(concept) = mention["concept"].as_str() {
                assert!(mention["source"].is_string() && mention["concept_confidence"].as_f64().unwrap() <= 1.0, "{mention}");
                let start = mention["start"].as_u64().unwrap();
                found.push((document["id"].as_str().unwrap().to_owned(), start, concept.trim_start_matches("MESH:").to_owned()));
            }
        }
    }
    let stored = fs::read_to_string(root.join(format!("runs/{id}/work/test.men.pubtator"))).unwrap();
    let of_line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields.len() >= 6).then(|| (fields[0].to_owned(), fields[1].parse().unwrap(), fields[5].trim_start_matches("MESH:").to_owned()))
    };
    let expected: Vec<(String, u64, String)> = stored.lines().filter_map(of_line).collect();
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    // A link that must be certain is seldom made.
    let certain = annotate(root, &["--min-score", "1"]);
    assert!(certain.matches("\"concept\"").count() < found.len(), "{certain}");
    // The network has recognition alone.
    let why = bad(root, &["predict", "--model", "linked.mermen", "--input", test, "--reconcile", "union"]);
    assert!(why.contains("no network for normalization") && why.contains("`union`"), "{why}");
    let why = bad(root, &["predict", "--model", "linked.mermen", "--input", test, "--normalizer", "tagger"]);
    assert!(why.contains("`tagger`"), "{why}");
}

/// An invented concept for a string that stands in the first document, in the place of the vocabulary.
fn own_names_in_prediction(root: &Path) {
    let out = annotate(root, &[]);
    let first: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let text = first["mentions"][0]["text"].as_str().unwrap();
    fs::write(root.join("own.tsv"), format!("id\tname\nOWN:1\t{text}\n")).unwrap();
    let own = annotate(root, &["--lexicon", "own.tsv", "--replace-lexicon"]);
    assert!(
        own.contains("\"concept\":\"OWN:1\"") && own.matches("\"concept\":\"").count() == own.matches("\"concept\":\"OWN:1").count(),
        "{own}"
    );
}

#[test]
fn a_vocabulary_that_cannot_be_used_is_said_before_anything_is_trained() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("linked.yaml"), LINKED).unwrap();
    fs::write(root.join("edits.tsv"), "").unwrap();
    let plan = good(root, &["run", "linked.yaml", "--dry-run"]);
    assert!(plan.contains("words.tsv") && plan.contains("4 not run"), "{plan}");
    fs::write(root.join("words.tsv"), "id\tname\tsynonyms\nX:1\t\tgout\n").unwrap();
    let why = bad(root, &["run", "linked.yaml"]);
    assert!(why.contains("words.tsv:2"), "{why}");
    fs::write(root.join("words.tsv"), "id\tname\nX:1\tgout\n").unwrap();
    let why = bad(root, &["run", "linked.yaml"]);
    assert!(why.contains("`options.lexicon.vocabulary`") && why.contains("`X:1`"), "{why}");
    let why = bad(root, &["run", "linked.yaml", "--set", "options.lexicon.vocabulary=mein"]);
    assert!(why.contains("`mine`"), "{why}");
    fs::write(root.join("own.yaml"), LINKED.replace("{files: words.tsv,", "{file: words.tsv,")).unwrap();
    let why = bad(root, &["run", "own.yaml"]);
    assert!(why.contains("did you mean `files`?"), "{why}");
    fs::write(root.join("own.yaml"), LINKED.replace("{mine:", "{medic:")).unwrap();
    let why = bad(root, &["run", "own.yaml"]);
    assert!(why.contains("`medic` is a name of the registry already"), "{why}");
}

#[test]
fn what_a_system_cannot_use_is_said() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("given.yaml"), "name: given\ndefaults: {data.corpus: mini, system: memorizer}\n").unwrap();
    let why = bad(root, &["run", "given.yaml", "--set", "options.memorizer.spans=0123456789ab"]);
    assert!(why.contains("no record of the run `0123456789ab` that `options.memorizer.spans` names"), "{why}");
    let why = bad(root, &["run", "given.yaml", "--set", "options.memorizer.spans=mine"]);
    assert!(why.contains("expected `own` or the id of a run"), "{why}");
    let why = bad(root, &["run", "given.yaml", "--set", "system=memoriser"]);
    assert!(why.contains("did you mean `memorizer`?"), "{why}");
    fs::write(root.join("vain.yaml"), "name: vain\ndefaults: {data.corpus: mini, system: memorizer, train.epochs: 3}\n").unwrap();
    let why = bad(root, &["run", "vain.yaml"]);
    assert!(why.contains("train.epochs") && why.contains("`system` is not `neural`"), "{why}");
    // The network's specification does not name what it does without.
    fs::write(root.join("plain.yaml"), "name: plain\ndefaults: {data.corpus: mini, embedding.name: mini-20, options.memorizer.spans: own, data.limit: 4, train.epochs: 1}\n").unwrap();
    good(root, &["run", "plain.yaml"]);
    let folder = fs::read_dir(root.join("runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.join("record.json").is_file())
        .unwrap();
    let task = fs::read_to_string(folder.join("spec.json")).unwrap();
    assert!(!task.contains("system") && !task.contains("options"), "{task}");
}
