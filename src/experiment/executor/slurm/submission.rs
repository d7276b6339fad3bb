//! Array jobs in the run store: what was submitted, and which task makes which run.
//!
//! ```text
//! runs/slurm/lock                   held while a call submits, so that two of them do not submit the same runs
//!            <experiment>.<n>/script.sh    the batch script
//!                             runs         line N + 1: the folder of the run that task N makes, and its name
//!                             job.json     the number and the name of the array job, written when Slurm has taken it
//!                             <N>.out      standard output of task N, and what Slurm says of it
//! ```

use crate::atomic_file::write_atomically;
use crate::experiment::executor::Job;
use crate::run::identity::short;
use crate::run::store::StoreError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const FOLDER: &str = "slurm";
pub const SCRIPT: &str = "script.sh";
pub const RUNS: &str = "runs";

/// One array job, or what was prepared for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    pub folder: PathBuf,
    /// Slurm's name of the job. No other store has a job of this name.
    pub name: String,
    /// `None` where nobody has noted that Slurm took it.
    pub job: Option<u64>,
    /// By task: the run's folder in the store, which is its short id.
    pub runs: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    job: u64,
    name: String,
}

/// Holds the submissions of a store for one caller, until it is dropped.
pub struct SubmissionLock {
    _file: File,
}

fn unwritable(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Write { path: path.to_owned(), source }
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Read { path: path.to_owned(), source }
}

/// Waits until no other call submits.
///
/// # Errors
/// When the store cannot be written to.
pub fn hold(runs: &Path) -> Result<SubmissionLock, StoreError> {
    let folder = runs.join(FOLDER);
    fs::create_dir_all(&folder).map_err(unwritable(&folder))?;
    let path = folder.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(unwritable(&path))?;
    file.lock().map_err(unwritable(&path))?;
    Ok(SubmissionLock { _file: file })
}

/// All submissions of a store, the newest job last.
///
/// # Errors
/// When a file cannot be read, or is damaged.
pub fn read_all(runs: &Path) -> Result<Vec<Submission>, StoreError> {
    let folder = runs.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Vec::new()),
        other => other.map_err(unreadable(&folder))?,
    };
    let mut all = Vec::new();
    for entry in entries {
        all.extend(read(&entry.map_err(unreadable(&folder))?.path())?);
    }
    all.sort_by(|a, b| (a.job, &a.folder).cmp(&(b.job, &b.folder)));
    Ok(all)
}

fn read(folder: &Path) -> Result<Option<Submission>, StoreError> {
    let absent = |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let path = folder.join(RUNS);
    let runs = match fs::read_to_string(&path) {
        Err(error) if absent(&error) => return Ok(None),
        other => other.map_err(unreadable(&path))?,
    };
    let runs = runs.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect();
    let path = folder.join("job.json");
    let noted = match fs::read(&path) {
        Err(error) if absent(&error) => None,
        other => {
            let bytes = other.map_err(unreadable(&path))?;
            Some(serde_json::from_slice::<Noted>(&bytes).map_err(|source| StoreError::Damaged { path, source })?)
        }
    };
    let (job, name) = noted.map_or_else(|| (None, job_name(folder)), |noted| (Some(noted.job), noted.name));
    Ok(Some(Submission { folder: folder.to_owned(), name, job, runs }))
}

impl Submission {
    /// The next one of an experiment, not written yet.
    pub fn next(runs: &Path, experiment: &str, jobs: &[&Job]) -> Submission {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' };
        let experiment: String = experiment.chars().map(safe).take(60).collect();
        let folder = |n: usize| runs.join(FOLDER).join(format!("{experiment}.{n}"));
        let n = (1..).find(|n| !folder(*n).exists()).unwrap_or(1);
        let folder = folder(n);
        Submission { name: job_name(&folder), folder, job: None, runs: jobs.iter().map(|job| short(&job.id).to_owned()).collect() }
    }

    /// Writes the script and which task makes which run.
    ///
    /// # Errors
    /// When the store cannot be written to.
    pub fn write(&self, script: &[u8], jobs: &[&Job]) -> Result<(), StoreError> {
        fs::create_dir_all(&self.folder).map_err(unwritable(&self.folder))?;
        let line = |job: &&Job| format!("{}\t{}\n", short(&job.id), job.name.replace(['\n', '\t'], " "));
        let runs: String = jobs.iter().map(line).collect();
        for (name, bytes) in [(SCRIPT, script), (RUNS, runs.as_bytes())] {
            let path = self.folder.join(name);
            write_atomically(&path, bytes).map_err(unwritable(&path))?;
        }
        Ok(())
    }

    /// Notes that Slurm has taken the job.
    ///
    /// # Errors
    /// When the store cannot be written to.
    pub fn taken(&mut self, job: u64) -> Result<(), StoreError> {
        let path = self.folder.join("job.json");
        let noted = Noted { job, name: self.name.clone() };
        let bytes = serde_json::to_vec_pretty(&noted).map_err(|error| unwritable(&path)(error.into()))?;
        write_atomically(&path, &bytes).map_err(unwritable(&path))?;
        self.job = Some(job);
        Ok(())
    }

    pub fn task_of(&self, id: &str) -> Option<usize> {
        self.runs.iter().position(|run| run == short(id))
    }

    pub fn output(&self, task: usize) -> PathBuf {
        self.folder.join(format!("{task}.out"))
    }
}

/// `mermen-<experiment>.<n>-<digits>`: the digits tell stores apart.
fn job_name(folder: &Path) -> String {
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    let digits: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let own = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("mermen-{own}-{digits}")
}
