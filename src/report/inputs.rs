//! What a report is drawn from beside run records: small files that stand next to the published records.

use super::ReportError;
use super::earlier::{self, EarlierRun};
use super::publish::write_json;
use super::search::SearchPlan;
use super::setting::commonest;
use super::system::row_of;
use crate::evaluate::{Counts, DocumentCounts};
use crate::run::identity::short;
use crate::run::record::{ProbeRecord, RunRecord};
use crate::run::spec::RunSpec;
use crate::run::store::{Store, json_files, read_probes, read_records};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// A run that the experiments ask for and that was not made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotRun {
    pub spec: RunSpec,
    /// In words, as `vectors not available`; shown behind "not run: ".
    pub reason: String,
}

/// What Table 1 counts, over all splits of a corpus as distributed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusCounts {
    /// Name in the registry.
    pub corpus: String,
    pub sha256: String,
    pub articles: u64,
    pub disease_mentions: u64,
    pub chemical_mentions: u64,
    /// Unique concepts, as the corpus counts them.
    pub concepts: u64,
}

/// A system of others whose published predictions were scored here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rescored {
    /// As Table 2 names it: `TaggerOne`.
    pub system: String,
    /// Name in the registry.
    pub corpus: String,
    /// Where the predictions come from, and their SHA-256.
    pub source: String,
    pub sha256: String,
    pub mention: Counts,
    pub concept: Counts,
    pub documents: Vec<DocumentCounts>,
}

/// A claim of the paper with its verdict, or a line of the audit of its own numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRow {
    pub id: String,
    /// Where the paper says it.
    pub place: String,
    pub claim: String,
    /// `supported`, `contradicted`, `inconclusive`, `not run`; of the audit `holds` or `does not hold`.
    pub verdict: String,
    /// Whether every reading was run and decides alike, or no reading has a say.
    pub robust: bool,
    pub because: String,
    /// Ids of the runs behind the verdict.
    pub runs: Vec<String>,
}

/// Everything that the paper's report is drawn from.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    pub records: Vec<RunRecord>,
    pub not_run: Vec<NotRun>,
    pub corpora: Vec<CorpusCounts>,
    pub rescored: Vec<Rescored>,
    /// Probes of trained runs.
    pub probes: Vec<ProbeRecord>,
    /// The setting whose runs the paper's tables show; `None` takes the one that most records were made in.
    pub setting: Option<RunSpec>,
    /// Random searches that experiments ask for.
    pub searches: Vec<SearchPlan>,
    pub claims: Vec<ClaimRow>,
    /// Runs of an earlier protocol, of which the scores were kept.
    pub earlier: Vec<EarlierRun>,
    /// The paper's own numbers, checked.
    pub audit: Vec<ClaimRow>,
}

/// Names of the files beside the records.
const NOT_RUN: &str = "not-run.json";
const CORPORA: &str = "corpora.json";
const SETTING: &str = "setting.json";
const RESCORED: &str = "rescored";
const PROBES: &str = "probes";
const SEARCHES: &str = "searches";

impl Paper {
    /// Reads a published folder: `records/*.json`, and in `inputs/` `not-run.json`, `corpora.json`, `setting.json`,
    /// `rescored/*.json`, `probes/*.json` and `searches/*.json`, and the scores of an earlier protocol in `frames/`, where they are there. Claims are no
    /// part of it.
    ///
    /// # Errors
    /// A file that cannot be read or does not parse.
    pub fn load(reports: &Path) -> Result<Self, ReportError> {
        let inputs = reports.join("inputs");
        let records = read_records(&[reports.join("records")])?.records;
        let mut rescored = Vec::new();
        for path in json_files(&inputs.join(RESCORED))? {
            rescored.extend(read(&path, "rescored system")?);
        }
        let probes = read_probes(&inputs.join(PROBES))?;
        let mut searches = Vec::new();
        for path in json_files(&inputs.join(SEARCHES))? {
            searches.extend(read(&path, "plan of a search")?);
        }
        Ok(Self {
            records,
            not_run: read(&inputs.join(NOT_RUN), "list of runs not made")?.unwrap_or_default(),
            corpora: read(&inputs.join(CORPORA), "list of corpus counts")?.unwrap_or_default(),
            rescored,
            probes,
            setting: read(&inputs.join(SETTING), "setting")?,
            earlier: earlier::read(reports)?,
            searches,
            claims: Vec::new(),
            audit: Vec::new(),
        })
    }
    /// Whether there is nothing at all to draw from: no record, and no note of what is planned, counted or kept.
    pub fn is_empty(&self) -> bool {
        let noted = self.setting.is_some() || !self.not_run.is_empty() || !self.corpora.is_empty() || !self.rescored.is_empty();
        self.records.is_empty() && self.earlier.is_empty() && !noted
    }
}

/// Notes in `REPORTS/inputs` what experiments plan, so that a report drawn where data and plan are missing says the same:
/// the setting that most planned runs of the paper's rows share, and the runs that cannot be made, with the reason.
///
/// # Errors
/// A file that cannot be written.
pub fn note_plan<'a>(reports: &Path, planned: impl IntoIterator<Item = &'a RunSpec>, not_run: &[NotRun]) -> Result<(), ReportError> {
    let inputs = reports.join("inputs");
    if let Some(setting) = commonest(planned.into_iter().filter(|s| row_of(s).is_some())) {
        write_json(&inputs.join(SETTING), &setting)?;
    }
    write_json(&inputs.join(NOT_RUN), not_run)
}

/// Notes in `REPORTS/inputs/searches` what searches ask for, one file a search.
///
/// # Errors
/// A file that cannot be written.
pub fn note_searches(reports: &Path, searches: &[SearchPlan]) -> Result<(), ReportError> {
    let folder = reports.join("inputs").join(SEARCHES);
    searches.iter().try_for_each(|search| write_json(&folder.join(format!("{}.json", search.name)), search))
}

/// Notes in `REPORTS/inputs` the corpora's counts and the systems rescored; with none of either the earlier note stays.
///
/// # Errors
/// A file that cannot be written.
pub fn note_corpora(reports: &Path, counts: &[CorpusCounts], rescored: &[Rescored]) -> Result<(), ReportError> {
    let inputs = reports.join("inputs");
    if !counts.is_empty() {
        write_json(&inputs.join(CORPORA), counts)?;
    }
    for system in rescored {
        let name = format!("{}-{}.json", system.system.to_lowercase(), system.corpus);
        write_json(&inputs.join(RESCORED).join(name), system)?;
    }
    Ok(())
}

/// Publishes the probes of published runs that stand in a run store, as `REPORTS/inputs/probes/<run>.json`.
///
/// # Errors
/// A file that cannot be read or written.
pub fn publish_probes(store: &Store, published: &[RunRecord], reports: &Path) -> Result<(), ReportError> {
    for record in published {
        let id = &record.result.run_id;
        if let Some(probes) = store.probes(id)? {
            write_json(&reports.join("inputs").join(PROBES).join(format!("{}.json", short(id))), &probes)?;
        }
    }
    Ok(())
}

fn read<T: DeserializeOwned>(path: &Path, what: &'static str) -> Result<Option<T>, ReportError> {
    match fs::read_to_string(path) {
        Ok(text) => match serde_json::from_str(&text) {
            Ok(value) => Ok(Some(value)),
            Err(source) => {
                let (line, column) = (source.line(), source.column());
                Err(ReportError::Parse { path: path.to_owned(), what, line, column, source })
            }
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Read { path: path.to_owned(), source }),
    }
}
