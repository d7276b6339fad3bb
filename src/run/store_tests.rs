use super::*;
use crate::run::record::{DataFacts, Measured, RunResult};
use std::process::Command;

fn record(seed: u64, state: RunState) -> RunRecord {
    let spec = RunSpec { seed, ..RunSpec::default() };
    let data = DataFacts { corpus_sha256: "c0".into(), ..DataFacts::default() };
    let run_id = run_id(&spec, &DataDigests { corpus: "c0".into(), embedding: String::new() });
    let result = RunResult {
        protocol: PROTOCOL,
        run_id,
        spec,
        state,
        data,
        networks: Vec::new(),
        dev: None,
        test: None,
        dev_ceilings: None,
        test_ceilings: None,
    };
    RunRecord { result, measured: Measured::default() }
}

fn task(record: &RunRecord) -> Task {
    Task { protocol: PROTOCOL, run_id: record.result.run_id.clone(), spec: record.result.spec.clone(), corpus: None }
}

/// A store with one prepared run.
fn prepared() -> (tempfile::TempDir, Store, RunFolder, RunRecord) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::new(root.path().join("runs"), root.path().join("records"));
    let record = record(1, RunState::Done);
    let folder = store.folder(&record.result.run_id);
    folder.prepare(&task(&record)).unwrap();
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
    assert_eq!(folder.task().unwrap(), Some(task(&record)));
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
    assert!(store.is_done(id).unwrap());
    assert_eq!(store.published_like(&done.result.spec).unwrap().as_deref(), Some(id.as_str()));
    // A published failure of another run is passed over.
    let mut failed = record(3, RunState::Failed { why: "loss is not finite".into() });
    failed.result.data = Default::default();
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
    fs::write(root.path().join("runs"), b"a file in the place of the folder").unwrap();
    let store = Store::new(root.path().join("runs"), root.path().join("records"));
    let record = record(1, RunState::Done);
    let error = store.folder(&record.result.run_id).prepare(&task(&record)).unwrap_err();
    assert!(matches!(&error, StoreError::Write { path, .. } if path.starts_with(root.path())));
    assert!(error.to_string().starts_with("cannot write "));
}
