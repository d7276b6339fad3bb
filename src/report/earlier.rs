//! Scores of runs that an earlier protocol made, whose records were withdrawn: `frames/protocol1_scores.csv`.

use super::ReportError;
use super::setting::flat;
use crate::run::record::{RunRecord, RunState};
use crate::run::relevance::normalised;
use crate::run::spec::{RunSpec, Task};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the scores lie in a folder of reports.
pub(super) const FILE: &str = "frames/protocol1_scores.csv";

/// The protocol that made them.
pub(super) const PROTOCOL: u32 = 1;

/// Columns that name a run and are no key of its specification.
const NAMES: [&str; 4] = ["run", "state", "framework", "system"];

/// Keys that cannot move a score.
const WITHOUT_EFFECT: [&str; 1] = ["train.threads"];

/// A run of the earlier protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierRun {
    pub run: String,
    /// Every key of the specification that the earlier protocol knew, as [`flat`] gives them; none where it had no value.
    keys: BTreeMap<String, Option<String>>,
    /// F1 on dev and test, of recognition (mentions) and normalization (concepts), where the run was scored.
    dev: [Option<f64>; 2],
    test: [Option<f64>; 2],
}

impl EarlierRun {
    /// F1 on test as the kit counts it.
    pub fn test_f1(&self, task: Task) -> Option<f64> {
        self.test[index(task)]
    }

    /// F1 on dev as the kit counts it.
    pub fn dev_f1(&self, task: Task) -> Option<f64> {
        self.dev[index(task)]
    }

    /// Whether `now` is the specification of this run: equal in every key of that time, and at the default in every key that came
    /// later. A run's id does not matter, for it holds the protocol.
    pub(super) fn is_again(&self, now: &Specification) -> bool {
        let matters = |key: &&String| !WITHOUT_EFFECT.contains(&key.as_str());
        self.keys.iter().filter(|(key, _)| matters(key)).all(|(key, then)| now.keys.get(key) == then.as_ref())
            && now.changed.iter().filter(matters).all(|key| self.keys.contains_key(key))
    }
}

/// What a run of this protocol is known by.
pub(super) struct Specification {
    keys: BTreeMap<String, String>,
    /// Keys that are not at their default.
    changed: Vec<String>,
}

impl Specification {
    /// `None` for a run that did not finish or that the earlier protocol made.
    pub fn of(record: &RunRecord) -> Option<Self> {
        let result = &record.result;
        if result.protocol == PROTOCOL || result.state != RunState::Done {
            return None;
        }
        let (keys, default) = (flat(&normalised(&result.spec)), flat(&RunSpec::default()));
        let changed = keys.iter().filter(|(key, value)| default.get(*key) != Some(value)).map(|(key, _)| key.clone()).collect();
        Some(Self { keys, changed })
    }
}

/// A made-up run of the earlier protocol: `record`'s, with its F1 moved.
#[cfg(test)]
pub(super) fn moved(record: &RunRecord, by: [f64; 2]) -> EarlierRun {
    let f1 = |scores: &Option<crate::evaluate::SplitScores>| {
        let of = scores.as_ref().map(|scores| [scores.mention.kit.f1() + by[0], scores.concept.kit.f1() + by[1]]);
        of.map_or([None; 2], |of| of.map(Some))
    };
    EarlierRun {
        run: format!("1{}", record.result.run_id),
        keys: flat(&record.result.spec).into_iter().map(|(key, value)| (key, Some(value))).collect(),
        dev: f1(&record.result.dev),
        test: f1(&record.result.test),
    }
}

fn index(task: Task) -> usize {
    match task {
        Task::Mer => 0,
        Task::Men => 1,
    }
}

/// The runs in a folder of reports; none where the file is not there.
///
/// # Errors
/// A file that cannot be read, or a line of it that is no run.
pub(super) fn read(reports: &Path) -> Result<Vec<EarlierRun>, ReportError> {
    let path = reports.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&path, &text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(ReportError::Read { path, source }),
    }
}

fn parse(path: &Path, text: &str) -> Result<Vec<EarlierRun>, ReportError> {
    let malformed = |line, found: String, expected: &'static str| ReportError::Frames { path: path.to_owned(), line, found, expected };
    let not_csv = |e: csv::Error| malformed(e.position().map_or(0, csv::Position::line), e.to_string(), "as many fields as the header has");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(not_csv)?.clone();
    let needed = ["run", "dev_mention_f1", "dev_concept_f1", "test_mention_f1", "test_concept_f1"];
    if let Some(missing) = needed.into_iter().find(|name| !header.iter().any(|column| column == *name)) {
        return Err(malformed(1, format!("no column `{missing}`"), "the columns that `scripts/protocol1-scores` writes"));
    }
    let is_key = |column: &str| !NAMES.contains(&column) && !column.starts_with("dev_") && !column.starts_with("test_");
    let mut runs = Vec::new();
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let row: BTreeMap<&str, &str> = header.iter().zip(&record).collect();
        let score = |column: &str| match row.get(column).copied().unwrap_or_default() {
            "" => Ok(None),
            value => match value.parse::<f64>() {
                Ok(f1) if (0.0..=1.0).contains(&f1) => Ok(Some(f1)),
                _ => Err(malformed(line, format!("`{value}` in column {column}"), "a score from 0 to 1")),
            },
        };
        let of = |split: &str| Ok::<_, ReportError>([score(&format!("{split}_mention_f1"))?, score(&format!("{split}_concept_f1"))?]);
        let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        runs.push(EarlierRun {
            run: row["run"].to_owned(),
            dev: of("dev")?,
            test: of("test")?,
            keys: row.iter().filter(|(column, _)| is_key(column)).map(|(column, text)| ((*column).to_owned(), value(text))).collect(),
        });
    }
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::synthetic;
    use crate::run::spec::Framework;

    /// A frame with one run of `spec`, as the script writes it.
    fn frame(spec: &RunSpec, scores: [&str; 4]) -> String {
        let keys = flat(spec);
        let quoted = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
        let columns: Vec<&str> = keys.keys().map(String::as_str).collect();
        format!(
            "run,state,framework,system,{},dev_mention_f1,dev_concept_f1,test_mention_f1,test_concept_f1\nab12,done,MTL,Bi-LSTM,{},{}\n",
            columns.join(","),
            keys.values().map(quoted).collect::<Vec<_>>().join(","),
            scores.join(",")
        )
    }

    fn is_again(run: &EarlierRun, record: &RunRecord) -> bool {
        Specification::of(record).is_some_and(|now| run.is_again(&now))
    }

    fn read_text(text: &str) -> Result<Vec<EarlierRun>, ReportError> {
        parse(Path::new("scores.csv"), text)
    }

    #[test]
    fn a_run_is_known_again_by_its_specification_and_by_nothing_else() {
        let spec = synthetic::spec("bc5cdr", Framework::Mtl, false, true, 3);
        let runs = read_text(&frame(&normalised(&spec), ["0.5", "0.25", "0.75", ""])).unwrap();
        assert_eq!((runs[0].run.as_str(), runs[0].dev_f1(Task::Men)), ("ab12", Some(0.25)));
        assert_eq!((runs[0].test_f1(Task::Mer), runs[0].test_f1(Task::Men)), (Some(0.75), None));
        let again = synthetic::record(spec.clone());
        assert!(is_again(&runs[0], &again));

        let mut threads = spec.clone();
        threads.train.threads = 2;
        assert!(is_again(&runs[0], &synthetic::record(threads)), "threads change no score");
        let mut seed = spec.clone();
        seed.seed = 4;
        assert!(!is_again(&runs[0], &synthetic::record(seed)));
        let mut characters = spec;
        characters.model.char_cnn = RunSpec::default().model.char_cnn;
        assert!(!is_again(&runs[0], &synthetic::record(characters)));
        let mut failed = again.clone();
        failed.result.state = RunState::Failed { why: "no memory".into() };
        assert!(!is_again(&runs[0], &failed));
        let mut earlier = again;
        earlier.result.protocol = PROTOCOL;
        assert!(!is_again(&runs[0], &earlier));
    }

    #[test]
    fn a_key_that_came_later_is_to_be_at_its_default() {
        let mut spec = RunSpec::default();
        let text = frame(&spec, ["0.5"; 4]).replacen("train.momentum", "dev_momentum", 1);
        let runs = read_text(&text).unwrap();
        assert!(is_again(&runs[0], &synthetic::record(spec.clone())));
        spec.train.momentum = 0.5;
        assert!(!is_again(&runs[0], &synthetic::record(spec)));
    }

    #[test]
    fn what_is_no_frame_is_refused_with_its_line() {
        let good = frame(&RunSpec::default(), ["0.5"; 4]);
        let why = |text: &str| read_text(text).unwrap_err().to_string();
        assert!(why(&good.replace("0.5,0.5\n", "0.5,1.5\n")).contains("scores.csv, line 2: `1.5` in column test_concept_f1"));
        assert!(why(&good.replace("0.5,0.5\n", "0.5\n")).contains("line 2"));
        assert!(why(&good.replace("dev_mention_f1", "f1")).contains("no column `dev_mention_f1`"));
    }

    /// The frame in the repository: its columns are keys of today, and its specifications are specifications of today.
    #[test]
    fn every_run_of_protocol_1_can_be_made_again() {
        let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
        let runs = read(&reports).unwrap();
        assert_eq!(runs.len(), 114);
        let mut known = flat(&RunSpec::default());
        known.insert("model.char_cnn".into(), "null".into());
        for run in &runs {
            let unknown: Vec<&String> = run.keys.keys().filter(|key| !known.contains_key(*key)).collect();
            assert!(unknown.is_empty(), "a key was renamed: let `is_again` know both names of {unknown:?}");
            let mut json = serde_json::Map::new();
            for (key, value) in run.keys.iter().filter_map(|(key, value)| Some((key, value.as_ref()?))) {
                let value = serde_json::from_str(value).unwrap_or_else(|_| value.clone().into());
                let (last, sections) = key.split('.').collect::<Vec<_>>().split_last().map(|(l, s)| (*l, s.to_vec())).unwrap();
                let mut place = &mut json;
                for section in sections {
                    place = place.entry(section).or_insert_with(|| serde_json::Map::new().into()).as_object_mut().unwrap();
                }
                place.insert(last.to_owned(), value);
            }
            let spec: RunSpec = serde_json::from_value(json.into()).unwrap_or_else(|e| panic!("{}: {e}", run.run));
            assert!(is_again(run, &synthetic::record(spec.clone())), "{}: {spec:?}", run.run);
            assert_eq!(runs.iter().filter(|other| is_again(other, &synthetic::record(spec.clone()))).count(), 1, "{}", run.run);
        }
    }
}
