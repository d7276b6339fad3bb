use super::*;
use crate::corpus::PerTask;
use crate::run::record::{Measured, RunState};
use crate::run::spec::RunSpec;

/// Of each scalar in the files under a folder: file's folder, step, tag, value. Read by the format's description, not by our writer.
fn scalars(folder: &Path) -> Vec<(String, u64, String, f32)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for path in std::fs::read_dir(&at).unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            assert!(path.to_string_lossy().contains("tfevents"));
            let place = at.strip_prefix(folder).unwrap().display().to_string();
            let bytes = std::fs::read(path).unwrap();
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
                of_event(&rest[12..12 + length], &place, &mut found);
                rest = &rest[16 + length..];
            }
        }
    }
    found.sort_by(|a, b| (&a.0, a.1, &a.2).cmp(&(&b.0, b.1, &b.2)));
    found
}

/// Fields of a message: number, and its value as bytes.
fn fields(mut message: &[u8]) -> Vec<(u8, Vec<u8>)> {
    fn varint(message: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = message[0];
            *message = &message[1..];
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message) as u8;
        let length = match key & 7 {
            0 => {
                found.push((key >> 3, varint(&mut message).to_le_bytes().to_vec()));
                continue;
            }
            1 => 8,
            5 => 4,
            _ => varint(&mut message) as usize,
        };
        found.push((key >> 3, message[..length].to_vec()));
        message = &message[length..];
    }
    found
}

fn of_event(event: &[u8], place: &str, found: &mut Vec<(String, u64, String, f32)>) {
    let event = fields(event);
    let step = event.iter().find(|(n, _)| *n == 2).map_or(0, |(_, v)| u64::from_le_bytes(v[..].try_into().unwrap()));
    for (_, summary) in event.iter().filter(|(n, _)| *n == 5) {
        for (_, value) in fields(summary) {
            let value = fields(&value);
            let tag = String::from_utf8(value[0].1.clone()).unwrap();
            found.push((place.to_owned(), step, tag, f32::from_le_bytes(value[1].1[..].try_into().unwrap())));
        }
    }
}

fn epoch(epoch: u64, tasks: &str) -> EpochRecord {
    let of = |task: &str, value: f64| (tasks == "both" || tasks == task).then_some(value);
    EpochRecord {
        epoch,
        learning_rate: 0.5,
        loss: PerTask { mer: of("mer", 1.0 / epoch as f64), men: of("men", 2.0 / epoch as f64) },
        clipped: 0.25,
        dev_f1: PerTask { mer: of("mer", 0.75), men: of("men", 0.625) },
    }
}

/// A record of two epochs.
fn record(networks: &[&str]) -> RunRecord {
    let network = |tasks: &&str| NetworkRecord {
        tasks: (*tasks).to_owned(),
        parameters: 1,
        selected_epochs: vec![2],
        epochs: (1..=2).map(|n| epoch(n, tasks)).collect(),
    };
    let mut record = RunRecord::unscored("r", RunSpec::default(), RunState::Done);
    record.result.networks = networks.iter().map(network).collect();
    record.result.dev = Some(Default::default());
    record.measured = Measured { finished_at: 1_700_000_000, train_seconds: 8.0, ..Measured::default() };
    record
}

fn of_step(found: &[(String, u64, String, f32)], place: &str, step: u64) -> Vec<(String, f32)> {
    found.iter().filter(|(p, s, ..)| p == place && *s == step).map(|(_, _, tag, value)| (tag.clone(), *value)).collect()
}

#[test]
fn a_record_gives_its_curves_and_the_same_bytes_again() {
    let root = tempfile::tempdir().unwrap();
    let files = write_events(&record(&["both"]), root.path()).unwrap();
    let first = std::fs::read(&files[0]).unwrap();
    assert_eq!(write_events(&record(&["both"]), root.path()).unwrap(), files);
    assert_eq!(std::fs::read(&files[0]).unwrap(), first);
    let found = scalars(root.path());
    let expected = [
        ("dev_concept/f1", 0.625),
        ("dev_mention/f1", 0.75),
        ("loss/men", 2.0),
        ("loss/mer", 1.0),
        ("train/clipped", 0.25),
        ("train/learning_rate", 0.5),
        ("train/tokens_per_second", 0.0),
    ];
    assert_eq!(of_step(&found, "", 1), expected.map(|(tag, value)| (tag.to_owned(), value)));
    let tags: Vec<String> = of_step(&found, "", 2).into_iter().map(|(tag, _)| tag).filter(|tag| tag.starts_with("selected")).collect();
    let of = |task: &str| ["f1", "precision", "recall"].map(|score| format!("selected_dev_{task}/{score}"));
    assert_eq!(tags, [of("concept"), of("mention")].concat());
}

#[test]
fn the_networks_of_a_pipeline_have_a_folder_each() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(write_events(&record(&["mer", "men"]), root.path()).unwrap().len(), 2);
    let found = scalars(root.path());
    let has = |place: &str, tag: &str| of_step(&found, place, 1).iter().any(|(t, _)| t == tag);
    assert!(has("mer", "loss/mer") && !has("mer", "loss/men") && has("men", "loss/men") && !has("men", "dev_mention/f1"));
}

/// Remembers what is said.
#[derive(Default)]
struct Said(Vec<String>);

impl Progress for Said {
    fn epoch(&mut self, _: &str, _: usize, _: usize, _: usize, _: usize, _: &str) {}
    fn say(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }
}

fn follow(folder: &Path, said: &mut Said, epochs: std::ops::RangeInclusive<u64>) {
    let mut tracked = Tracked::new(said, folder);
    for n in epochs {
        let record = epoch(n, "both");
        let dev_mention = Some(Counts { tp: 3, fp: 1, fn_: 2 });
        tracked.scored("both", &ScoredEpoch { record: &record, dev_mention, dev_concept: None, tokens_per_second: 1000.0 });
    }
}

#[test]
fn an_epoch_is_there_as_soon_as_it_has_ended() {
    let root = tempfile::tempdir().unwrap();
    let mut said = Said::default();
    follow(root.path(), &mut said, 1..=2);
    let found = scalars(root.path());
    for (tag, value) in
        [("dev_mention/precision", 0.75), ("dev_mention/recall", 0.6), ("train/tokens_per_second", 1000.0), ("loss/mer", 0.5)]
    {
        assert!(of_step(&found, "", 2).contains(&(tag.to_owned(), value)), "{tag}: {found:?}");
    }
    assert!(said.0.is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_told_once() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut said = Said::default();
    follow(&file, &mut said, 1..=3);
    assert_eq!(said.0.len(), 1);
    assert!(said.0[0].contains("no more scalars for TensorBoard"), "{said:?}", said = said.0);
}
