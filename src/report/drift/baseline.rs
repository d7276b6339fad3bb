//! `reports/baseline/drift.csv`: one score a row.

use super::label;
use super::specs::{BaselineSpecs, keys};
use crate::evaluate::metric::{self, METRICS, digest};
use crate::run::record::{RunRecord, RunState};
use std::collections::BTreeMap;
use std::path::Path;

/// The columns of the file, in order.
const COLUMNS: [&str; 16] = [
    "system",
    "run_id",
    "corpus",
    "split",
    "metric",
    "value",
    "tolerance_abs",
    "tolerance_rel",
    "spec_hash",
    "data",
    "metric_digest",
    "protocol",
    "version",
    "device",
    "cpu_path",
    "threads",
];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Each score once.
    pub rows: Vec<BaselineRow>,
    /// From the file beside it, as far as that is there.
    pub about: BaselineSpecs,
}

#[derive(Clone, Debug, PartialEq)]
pub struct BaselineRow {
    /// What the run is called; stays while its specification changes.
    pub system: String,
    pub run_id: String,
    pub corpus: String,
    /// `dev` or `test`.
    pub split: String,
    pub metric: String,
    pub value: f64,
    /// How far the value may move, in place of not at all: so much, or this share of the value, whichever is more. An `--update` keeps
    /// them.
    pub tolerance_abs: Option<f64>,
    pub tolerance_rel: Option<f64>,
    /// Of the specification without its threads.
    pub spec_hash: String,
    /// Of the digests of corpus and embedding.
    pub data: String,
    pub metric_digest: String,
    pub protocol: u32,
    pub version: String,
    /// `cpu` or `cuda:N`.
    pub device: String,
    pub cpu_path: String,
    pub threads: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    #[error("cannot read the baseline {file}; make one with `mermen check SPEC --baseline {file} --update`")]
    Read { file: String, source: std::io::Error },
    #[error("{file}, line {line}: {found}; expected {expected}; correct the line, or make the baseline again with --update --replace")]
    Malformed { file: String, line: u64, found: String, expected: String },
}

impl BaselineRow {
    pub(super) fn key(&self) -> super::Key {
        (self.system.clone(), self.corpus.clone(), self.split.clone(), metric::place(&self.metric))
    }

    pub(super) fn on_gpu(&self) -> bool {
        self.device.starts_with("cuda")
    }

    /// How far the value of `new` may lie from this row's: as far as the row says, else not at all; at least by what the metric allows
    /// a GPU where one of the two was made on one.
    pub fn tolerance(&self, new: &Self) -> f64 {
        let own = self.tolerance_abs.unwrap_or(0.0).max(self.tolerance_rel.unwrap_or(0.0) * self.value.abs());
        let on_gpu = metric::by_name(&self.metric).map_or(0.0, |metric| metric.on_gpu);
        if self.on_gpu() || new.on_gpu() { own.max(on_gpu) } else { own }
    }
}

impl Baseline {
    /// The scores of finished records. Overrides of tolerances are taken from `previous`.
    pub fn of(records: &[RunRecord], previous: Option<&Baseline>) -> Self {
        let overrides: BTreeMap<super::Key, &BaselineRow> =
            previous.iter().flat_map(|previous| &previous.rows).map(|row| (row.key(), row)).collect();
        let mut rows: BTreeMap<super::Key, BaselineRow> = BTreeMap::new();
        for (record, system) in records.iter().zip(label::of(records)) {
            let result = &record.result;
            if result.state != RunState::Done {
                continue;
            }
            for (split, scores) in [("dev", &result.dev), ("test", &result.test)] {
                for metric in &METRICS {
                    let Some(value) = scores.as_ref().and_then(metric.of) else { continue };
                    let mut row = BaselineRow {
                        system: system.clone(),
                        run_id: result.run_id.clone(),
                        corpus: result.spec.data.corpus.clone(),
                        split: split.to_owned(),
                        metric: metric.name.to_owned(),
                        value,
                        tolerance_abs: None,
                        tolerance_rel: None,
                        spec_hash: spec_hash(record),
                        data: digest(&[&result.data.corpus_sha256, &result.data.embedding.sha256], 16),
                        metric_digest: metric.digest(),
                        protocol: result.protocol,
                        version: record.measured.version.clone(),
                        device: record.measured.device.clone(),
                        cpu_path: record.measured.cpu_path.clone(),
                        threads: result.spec.train.threads as u64,
                    };
                    if let Some(old) = overrides.get(&row.key()) {
                        (row.tolerance_abs, row.tolerance_rel) = (old.tolerance_abs, old.tolerance_rel);
                    }
                    rows.insert(row.key(), row);
                }
            }
        }
        let specs = records.iter().filter(|record| record.result.state == RunState::Done).map(|record| (spec_hash(record), keys(record)));
        let about = BaselineSpecs { experiment: None, specs: specs.collect() };
        Self { rows: rows.into_values().collect(), about }
    }

    /// # Errors
    /// A file that cannot be read, or a line that is none of a baseline.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self { about: BaselineSpecs::beside(path)?, ..Self::parse(&file, &text)? }),
            Err(source) => Err(BaselineError::Read { file, source }),
        }
    }

    /// The same for a text; `file` is what errors call it.
    pub fn parse(file: &str, text: &str) -> Result<Self, BaselineError> {
        let malformed = |line, found: String, expected: String| BaselineError::Malformed { file: file.to_owned(), line, found, expected };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| malformed(1, error.to_string(), "a header".into()))?.clone();
        if header.iter().ne(COLUMNS) {
            let found = header.iter().collect::<Vec<_>>().join(",");
            return Err(malformed(1, format!("the columns `{found}`"), format!("`{}`", COLUMNS.join(","))));
        }
        let mut seen: BTreeMap<super::Key, u64> = BTreeMap::new();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                malformed(line, "a line that is not CSV".into(), "text in UTF-8".into())
            })?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != COLUMNS.len() {
                return Err(malformed(line, format!("{} fields", record.len()), format!("{} fields", COLUMNS.len())));
            }
            let row = Fields { record: &record }.row().map_err(|(found, expected)| malformed(line, found, expected))?;
            if let Some(first) = seen.insert(row.key(), line) {
                let found = format!("`{}` of {} on {} {} a second time", row.metric, row.system, row.corpus, row.split);
                return Err(malformed(line, found, format!("each score once; it stands in line {first}")));
            }
            rows.push(row);
        }
        Ok(Self { rows, about: BaselineSpecs::default() })
    }

    /// Adds the specifications of the baseline's runs whose records are among `records`, where the file beside it lacks them.
    pub fn learn(&mut self, records: &[RunRecord]) {
        for row in &self.rows {
            if self.about.specs.contains_key(&row.spec_hash) {
                continue;
            }
            let of_run = records.iter().find(|record| record.result.run_id == row.run_id && spec_hash(record) == row.spec_hash);
            self.about.specs.extend(of_run.map(|record| (row.spec_hash.clone(), keys(record))));
        }
    }

    /// Whether it was made of another experiment than `name`: it says so, or (from before it was kept) no run of it is one of `new`'s.
    pub fn is_of_another(&self, name: &str, new: &Baseline) -> bool {
        match &self.about.experiment {
            Some(own) => own != name,
            None => {
                let run = |row: &BaselineRow| (row.system.clone(), row.corpus.clone());
                let ours: std::collections::BTreeSet<(String, String)> = new.rows.iter().map(run).collect();
                !self.rows.is_empty() && !self.rows.iter().any(|row| ours.contains(&run(row)))
            }
        }
    }

    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = writer.write_record(COLUMNS);
        for row in &self.rows {
            let optional = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
            let _ = writer.write_record([
                row.system.clone(),
                row.run_id.clone(),
                row.corpus.clone(),
                row.split.clone(),
                row.metric.clone(),
                row.value.to_string(),
                optional(row.tolerance_abs),
                optional(row.tolerance_rel),
                row.spec_hash.clone(),
                row.data.clone(),
                row.metric_digest.clone(),
                row.protocol.to_string(),
                row.version.clone(),
                row.device.clone(),
                row.cpu_path.clone(),
                row.threads.to_string(),
            ]);
        }
        writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

/// What making a baseline again did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// A line for each score that changed, and for each run whose scores are all added or removed.
    pub lines: Vec<String>,
    pub added: usize,
    pub removed: usize,
    /// With another value.
    pub changed: usize,
    /// With the value as before and something else about it (version, device, specification) renewed.
    pub renewed: usize,
    pub same: usize,
}

impl Changes {
    /// `28 scores: 26 added, 2 as before`
    pub fn summary(&self) -> String {
        let counts = [
            (self.added, "added"),
            (self.changed, "changed"),
            (self.renewed, "with the value as before"),
            (self.same, "as before"),
            (self.removed, "removed"),
        ];
        let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let total = self.added + self.changed + self.renewed + self.same;
        let scores = if total == 1 { "score" } else { "scores" };
        if counts.is_empty() { format!("{total} {scores}") } else { format!("{total} {scores}: {}", counts.join(", ")) }
    }
}

/// What making the baseline again changed.
pub fn changes(old: &Baseline, new: &Baseline) -> Changes {
    let by_key =
        |baseline: &Baseline| -> BTreeMap<super::Key, BaselineRow> { baseline.rows.iter().map(|row| (row.key(), row.clone())).collect() };
    let (old, new) = (by_key(old), by_key(new));
    let mut keys: Vec<&super::Key> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut found = Changes::default();
    // The scores of a run that come or go together are one line.
    let mut groups: Vec<(&str, &BaselineRow, usize)> = Vec::new();
    let mut group = |verb: &'static str, row| match groups.iter_mut().find(|(v, r, _)| *v == verb && (&r.system, &r.corpus) == run_of(row))
    {
        Some((.., n)) => *n += 1,
        None => groups.push((verb, row, 1)),
    };
    let mut changed = Vec::new();
    for key in keys {
        match (old.get(key), new.get(key)) {
            (Some(was), None) => {
                found.removed += 1;
                group("removed", was);
            }
            (None, Some(is)) => {
                found.added += 1;
                group("added", is);
            }
            (Some(was), Some(is)) if was.value != is.value => {
                found.changed += 1;
                changed.push(format!(
                    "changed  {} on {} {}: {} {:.4} -> {:.4} ({:+.4})",
                    is.system,
                    is.corpus,
                    is.split,
                    is.metric,
                    was.value,
                    is.value,
                    is.value - was.value
                ));
            }
            (Some(was), Some(is)) if was != is => {
                found.renewed += 1;
                group("renewed", is);
            }
            _ => found.same += 1,
        }
    }
    let scores = |n: usize| if n == 1 { "1 score".to_owned() } else { format!("{n} scores") };
    let line = |(verb, row, n): &(&str, &BaselineRow, usize)| format!("{verb:<8} {} of {} on {}", scores(*n), row.system, row.corpus);
    found.lines = groups.iter().map(line).chain(changed).collect();
    found
}

fn run_of(row: &BaselineRow) -> (&String, &String) {
    (&row.system, &row.corpus)
}

/// Of every key but the threads, which change no score.
fn spec_hash(record: &RunRecord) -> String {
    let lines: Vec<String> = keys(record).iter().map(|(key, value)| format!("{key}={value}")).collect();
    digest(&lines.iter().map(String::as_str).collect::<Vec<_>>(), 16)
}

struct Fields<'a> {
    record: &'a csv::StringRecord,
}

/// What was found, and what was expected.
type Wrong = (String, String);

impl Fields<'_> {
    fn row(&self) -> Result<BaselineRow, Wrong> {
        let split = self.text("split")?;
        if split != "dev" && split != "test" {
            return Err((format!("`split` is `{split}`"), "`dev` or `test`".into()));
        }
        let metric = self.text("metric")?;
        if metric::by_name(&metric).is_none() {
            let nearest = METRICS
                .iter()
                .map(|known| (strsim::damerau_levenshtein(&metric, known.name), known.name))
                .min()
                .map_or("", |(_, name)| name);
            return Err((format!("`metric` is `{metric}`"), format!("a metric such as `{nearest}`")));
        }
        Ok(BaselineRow {
            system: self.text("system")?,
            run_id: self.text("run_id")?,
            corpus: self.text("corpus")?,
            split,
            metric,
            value: self.number("value")?,
            tolerance_abs: self.tolerance("tolerance_abs")?,
            tolerance_rel: self.tolerance("tolerance_rel")?,
            spec_hash: self.text("spec_hash")?,
            data: self.text("data")?,
            metric_digest: self.text("metric_digest")?,
            protocol: self.whole("protocol")?,
            version: self.raw("version").to_owned(),
            device: self.text("device")?,
            cpu_path: self.raw("cpu_path").to_owned(),
            threads: self.whole("threads")?,
        })
    }

    fn raw(&self, column: &str) -> &str {
        COLUMNS.iter().position(|name| *name == column).and_then(|at| self.record.get(at)).unwrap_or("")
    }

    fn text(&self, column: &str) -> Result<String, Wrong> {
        let text = self.raw(column);
        if text.is_empty() { Err((format!("`{column}` is empty"), "a text".into())) } else { Ok(text.to_owned()) }
    }

    fn number(&self, column: &str) -> Result<f64, Wrong> {
        let text = self.raw(column);
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err((format!("`{column}` is `{text}`"), "a number".into())),
        }
    }

    fn tolerance(&self, column: &str) -> Result<Option<f64>, Wrong> {
        if self.raw(column).is_empty() {
            return Ok(None);
        }
        match self.number(column) {
            Ok(number) if number >= 0.0 => Ok(Some(number)),
            _ => Err((format!("`{column}` is `{}`", self.raw(column)), "a number from 0 up, or nothing".into())),
        }
    }

    fn whole<T: std::str::FromStr>(&self, column: &str) -> Result<T, Wrong> {
        let text = self.raw(column);
        text.parse().map_err(|_| (format!("`{column}` is `{text}`"), "a whole number".into()))
    }
}
