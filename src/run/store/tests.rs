use super::*;
use crate::atomic_file::UNFINISHED;
use crate::evaluate::Split;
use crate::run::gold::tests::{mini, table as gold_table};
use crate::run::identity::{DataDigests, run_id};
use crate::run::predictions::{Predictions, SplitPredictions};
use crate::run::record::PredictionFacts;
use std::process::Command;

fn digests() -> DataDigests {
    DataDigests { corpus: "c0".into(), ..DataDigests::default() }
}

fn record(seed: u64, state: RunState) -> RunRecord {
    let spec = RunSpec { seed, ..RunSpec::default() };
    let run_id = run_id(&spec, &digests());
    let mut record = RunRecord::unscored(&run_id, spec, state);
    record.result.data.corpus_sha256 = "c0".into();
    record
}

fn request(record: &RunRecord) -> RunRequest {
    RunRequest::new(record.result.spec.clone(), digests(), None)
}

/// A store with one prepared run.
fn prepared() -> (tempfile::TempDir, Store, RunFolder, RunRecord) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::new(root.path().join("runs"), root.path().join("records"));
    let record = record(1, RunState::Done);
    let folder = store.folder(&record.result.run_id);
    folder.prepare(&request(&record)).unwrap();
    (root, store, folder, record)
}

#[test]
fn a_record_comes_back_as_it_was_written() {
    let (_root, store, folder, record) = prepared();
    let id = &record.result.run_id;
    assert_eq!(store.record(id).unwrap(), None);
    folder.write_record(&record).unwrap();
    assert_eq!(store.record(id).unwrap(), Some(record.clone()));
    assert!(store.is_done(id).unwrap());
    assert_eq!(folder.request().unwrap(), Some(request(&record)));
}

#[test]
fn a_failed_run_is_to_be_done_and_a_published_record_counts() {
    let (root, store, folder, done) = prepared();
    let id = &done.result.run_id;
    folder.write_record(&record(1, RunState::Failed { why: "loss is not finite".into() })).unwrap();
    assert!(!store.is_done(id).unwrap());
    assert_eq!(store.published_like(&done.result.spec).unwrap(), None);

    let published = root.path().join("records");
    fs::create_dir(&published).unwrap();
    write_json(&published.join(format!("mini_mtl_seed1_{}.json", short(id))), &done).unwrap();
    let store = Store::new(root.path().join("runs"), &published);
    assert!(store.is_done(id).unwrap());
    assert_eq!(store.published_like(&done.result.spec).unwrap().as_deref(), Some(id.as_str()));
    // A published failure of another run is skipped.
    let failed = record(3, RunState::Failed { why: "loss is not finite".into() });
    write_json(&published.join(format!("mini_mtl_seed3_{}.json", short(&failed.result.run_id))), &failed).unwrap();
    assert_eq!(store.published_like(&RunSpec { seed: 2, ..done.result.spec.clone() }).unwrap(), None);
}

#[test]
fn damaged_foreign_and_old_records_are_errors_that_say_so() {
    let (_root, store, folder, record) = prepared();
    let id = record.result.run_id.clone();
    let path = folder.record_path();
    let whole = serde_json::to_vec(&record).unwrap();

    // Half a file, in any length, is damaged.
    for length in (0..whole.len()).step_by(37) {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(store.record(&id), Err(StoreError::Damaged { .. })), "{length}");
    }
    let mut changed = record.clone();
    changed.result.spec.train.epochs += 1;
    write_json(&path, &changed).unwrap();
    assert!(matches!(store.record(&id), Err(StoreError::WrongRun { .. })));
    let mut old = record.clone();
    old.result.protocol = 0;
    write_json(&path, &old).unwrap();
    assert!(matches!(store.record(&id), Err(StoreError::Protocol { found: 0, .. })));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(store.record(&id), Err(StoreError::Read { .. })));
}

/// `spec.json` and a record are held to the bounds of experiment files: the file and the key are named.
#[test]
fn a_value_out_of_its_bounds_is_refused_in_every_file() {
    let (_root, store, folder, record) = prepared();
    let told = |error: StoreError| {
        let StoreError::Damaged { path, source } = error else { panic!("{error}") };
        format!("{}: {source}", path.file_name().unwrap().to_string_lossy())
    };
    let changed = |value: &serde_json::Value, pointer: &str| {
        let mut value = value.clone();
        *value.pointer_mut(pointer).unwrap() = 11.0.into();
        serde_json::to_vec(&value).unwrap()
    };
    let expected = "bad value for `train.learning_rate`: 11.0; expected a number above 0 to 10";
    let request: serde_json::Value = serde_json::from_slice(&fs::read(folder.request_path()).unwrap()).unwrap();
    fs::write(folder.request_path(), changed(&request, "/spec/train/learning_rate")).unwrap();
    assert_eq!(told(folder.request().unwrap_err()).split(" at line").next(), Some(&*format!("spec.json: {expected}")));
    let own = serde_json::to_value(&record).unwrap();
    fs::write(folder.record_path(), changed(&own, "/result/spec/train/learning_rate")).unwrap();
    let error = told(store.record(&record.result.run_id).unwrap_err());
    assert_eq!(error.split(" at line").next(), Some(&*format!("record.json: {expected}")));
}

#[test]
fn what_a_killed_writer_leaves_is_swept_up_by_the_next_owner() {
    let (_root, _store, folder, record) = prepared();
    folder.write_record(&record).unwrap();
    let leftovers = [folder.path().join(format!("{UNFINISHED}abc")), folder.work_path().join(format!("{UNFINISHED}def"))];
    for leftover in &leftovers {
        fs::write(leftover, b"{\"res").unwrap();
    }
    let lock = folder.lock().unwrap();
    assert!(lock.is_some());
    assert!(!leftovers.iter().any(|leftover| leftover.exists()));
    assert_eq!(folder.record(&record.result.run_id).unwrap(), Some(record));
}

#[test]
fn a_run_has_one_owner_and_a_dropped_lock_is_free() {
    let (_root, _store, folder, _) = prepared();
    let lock = folder.lock().unwrap();
    assert!(lock.is_some() && folder.is_locked());
    assert!(folder.lock().unwrap().is_none());
    drop(lock);
    assert!(!folder.is_locked());
    assert!(folder.lock().unwrap().is_some());
}

/// The lock is the kernel's, not the file's: whatever a dead process left in the file, a number that a living process has now too,
/// holds nobody up.
#[test]
fn a_lock_file_that_nobody_holds_is_stale_whatever_it_says() {
    let (_root, _store, folder, _) = prepared();
    for left in [String::new(), "999999999\n".to_owned(), format!("{}\n", std::process::id()), "1\n".to_owned()] {
        fs::write(folder.path().join("lock"), left).unwrap();
        assert!(!folder.is_locked());
        assert!(folder.lock().unwrap().is_some());
    }
}

/// `flock` of util-linux holds the lock in another process; killing that process frees it.
#[test]
fn the_lock_of_a_killed_process_is_stale_at_once() {
    let (_root, _store, folder, _) = prepared();
    drop(folder.lock().unwrap());
    let held = Command::new("flock")
        .args(["--no-fork", "--exclusive"])
        .arg(folder.path().join("lock"))
        .args(["sh", "-c", "echo held; exec sleep 1000"])
        .stdout(std::process::Stdio::piped())
        .spawn();
    let mut child = match held {
        Ok(child) => child,
        Err(_) => return eprintln!("skipped: no `flock` program here"),
    };
    let mut line = [0u8; 5];
    io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
    assert!(folder.lock().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(folder.lock().unwrap().is_some());
}

#[test]
fn a_store_that_cannot_be_written_says_which_path() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("runs"), b"a file instead of the folder").unwrap();
    let store = Store::new(root.path().join("runs"), root.path().join("records"));
    let record = record(1, RunState::Done);
    let error = store.folder(&record.result.run_id).prepare(&request(&record)).unwrap_err();
    assert!(matches!(&error, StoreError::Write { path, .. } if path.starts_with(root.path())));
    assert!(error.to_string().starts_with("cannot write "));
}

/// A run over the mini corpus whose networks found every gold mention of dev, and those of the first document of test.
fn with_predictions() -> RunRecord {
    let corpus = mini();
    let gold = Arc::new(gold_table(&corpus, &["Disease"]));
    let mut record = record(1, RunState::Done);
    let split = |split: Split| {
        let mut documents = gold.split(split).documents.clone();
        if split == Split::Test {
            documents[1..].iter_mut().for_each(|document| document.mentions.clear());
        }
        SplitPredictions { mer: documents.clone(), men: documents, ..SplitPredictions::default() }
    };
    let predictions = Predictions::new(&record.result.run_id, gold.clone(), &split(Split::Dev), &split(Split::Test)).unwrap();
    let result = &mut record.result;
    result.predictions = Some(PredictionFacts { sha256: predictions.sha256().into(), gold: gold.sha256().into() });
    let scores = |split| predictions.split(split).unwrap().scores(&predictions.training_concepts());
    (result.dev, result.test) = (Some(scores(Split::Dev)), Some(scores(Split::Test)));
    assert_eq!(result.dev.as_ref().unwrap().mention.kit.f1(), 1.0);
    record.predictions = Some(Arc::new(predictions));
    record
}

#[test]
fn counts_of_documents_come_from_predictions_in_the_store_and_published() {
    let (root, store, folder, _) = prepared();
    let record = with_predictions();
    folder.write_record(&record).unwrap();
    assert_eq!(store.record(&record.result.run_id).unwrap().as_ref(), Some(&record));
    let text = fs::read_to_string(folder.record_path()).unwrap();
    assert!(!text.contains("\"documents\":") && text.lines().all(|line| line.len() <= 140), "{text}");

    let published = root.path().join("reports/records");
    let name = |record: &RunRecord| format!("mini_{}", short(&record.result.run_id));
    for new in [1, 0] {
        assert_eq!(publish(std::slice::from_ref(&record), &published, name).unwrap(), new);
    }
    let gold = root.path().join("reports/inputs/gold");
    assert_eq!(fs::read_dir(&gold).unwrap().count(), 1);
    let records = |folders: &[PathBuf]| read_records(folders).unwrap().records;
    assert_eq!(records(std::slice::from_ref(&published)), std::slice::from_ref(&record));
    assert_eq!(records(&[root.path().join("runs"), published]), [record]);
}

type Damage = fn(&RunFolder);

/// Replaces the first occurrence of a text in a file.
fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_record_is_refused_whose_parts_do_not_fit_together() {
    let damages: [(&str, Damage, &str, &str); 8] = [
        ("a key", |f| replace(&f.record_path(), "\"epochs\": 20", "\"epochs\": 21"), "record.json", "changed by hand"),
        (
            "a digest",
            |f| replace(&f.record_path(), "\"corpus_sha256\": \"c0\"", "\"corpus_sha256\": \"c1\""),
            "record.json",
            "changed by hand",
        ),
        (
            "a count",
            |f| replace(&f.record_path(), "\"kit\": { \"tp\": ", "\"kit\": { \"tp\": 9"),
            "record.json",
            "counts of mentions on dev",
        ),
        ("no pack", |f| fs::remove_file(f.path().join("record.pack")).unwrap(), "record.pack", "missing"),
        ("no gold", |f| fs::remove_file(f.path().join("gold.pack")).unwrap(), "record.json", "gold table"),
        (
            "half a pack",
            |f| {
                let bytes = fs::read(f.path().join("record.pack")).unwrap();
                fs::write(f.path().join("record.pack"), &bytes[..bytes.len() / 2]).unwrap();
            },
            "record.pack",
            "cannot be read as a pack",
        ),
        ("another kind", |f| fs::rename(f.path().join("gold.pack"), f.path().join("record.pack")).unwrap(), "record.pack", "as a pack"),
        (
            "another run's predictions",
            |f| {
                let record = with_predictions();
                let predictions = record.predictions.unwrap();
                let dev = predictions.split(Split::Dev).unwrap().predicted;
                let test = predictions.split(Split::Test).unwrap().predicted;
                let other = Predictions::new("another", predictions.gold().clone(), &dev, &test).unwrap();
                fs::write(f.path().join("record.pack"), other.pack().0).unwrap();
            },
            "record.pack",
            "other predictions",
        ),
    ];
    for (what, damage, file, why) in damages {
        let (root, store, folder, _) = prepared();
        let record = with_predictions();
        folder.write_record(&record).unwrap();
        damage(&folder);
        let error = store.record(&record.result.run_id).unwrap_err();
        assert!(error.to_string().contains(file) && error.to_string().contains(why), "{what}: {error}");
        assert!(read_records(&[root.path().join("runs")]).is_err() && store.is_done(&record.result.run_id).is_err(), "{what}");
    }
}

#[test]
fn a_record_by_its_name_is_never_skipped() {
    let (root, _store, folder, record) = prepared();
    folder.write_record(&record).unwrap();
    fs::write(root.path().join("runs/notes.json"), "[1, 2]").unwrap();
    let found = || read_records(&[root.path().join("runs"), root.path().join("records")]);
    assert_eq!(found().unwrap(), StoredRecords { records: vec![record.clone()], of_other_protocols: Vec::new() });
    for name in ["x/record.json", "mini_mtl_0123456789ab.json"] {
        let path = root.path().join("runs").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "{\"res").unwrap();
        assert!(matches!(found(), Err(StoreError::Damaged { path: found, .. }) if found == path));
        fs::remove_file(path).unwrap();
    }
    let mut other = record.clone();
    other.result.data.sentences_train = 7;
    fs::create_dir_all(root.path().join("records")).unwrap();
    write_json(&root.path().join("records/a.json"), &other).unwrap();
    assert!(matches!(found(), Err(StoreError::Conflict { .. })));
    // What another version of the program left is history.
    let old = root.path().join("records/a.json");
    fs::write(&old, "{\"result\": {\"protocol\": 1, \"loss\": 3}, \"measured\": {}}").unwrap();
    assert_eq!(found().unwrap(), StoredRecords { records: vec![record], of_other_protocols: vec![old] });
}

#[test]
fn a_task_is_held_to_its_own_hash() {
    let (_root, _store, folder, _) = prepared();
    assert!(folder.request().unwrap().is_some());
    replace(&folder.request_path(), "\"epochs\": 20", "\"epochs\": 21");
    assert!(matches!(folder.request(), Err(StoreError::WrongRun { .. })));
}

#[test]
fn probes_of_another_run_are_refused() {
    let (root, store, folder, record) = prepared();
    let id = &record.result.run_id;
    assert_eq!(store.probes(id).unwrap(), None);
    let mut probes = ProbeRecord { protocol: PROTOCOL, run_id: id.clone(), dev: Vec::new(), test: Vec::new(), memorization: None };
    folder.write_probes(&probes).unwrap();
    assert_eq!(store.probes(id).unwrap().as_ref(), Some(&probes));
    let published = root.path().join("probes");
    fs::create_dir(&published).unwrap();
    write_json(&published.join(format!("{}.json", short(id))), &probes).unwrap();
    assert_eq!(read_probes(&published).unwrap(), [probes.clone()]);
    probes.run_id = "0".repeat(64);
    folder.write_probes(&probes).unwrap();
    write_json(&published.join(format!("{}.json", short(id))), &probes).unwrap();
    assert!(matches!(store.probes(id), Err(StoreError::WrongRun { .. })));
    assert!(matches!(read_probes(&published), Err(StoreError::WrongRun { .. })));
}
