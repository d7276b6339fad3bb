//! What can go wrong between a name and its files.

use crate::embedding::EmbeddingError;
use crate::registry::{Mismatch, RegistryError};
use std::io;
use std::path::PathBuf;

/// Why the files of a name could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("{kind} `{name}`: no mirror of {files} is known; {how}")]
    NoMirror { kind: &'static str, name: String, files: String, how: String },
    #[error("{kind} `{name}`: no mirror gave {files}:{}\n{how}", tried.iter().map(Tried::line).collect::<String>())]
    NoneGave { kind: &'static str, name: String, files: String, tried: Vec<Tried>, how: String },
    #[error("`{}` does not give {files}", path.display())]
    Copy {
        path: PathBuf,
        files: String,
        #[source]
        why: Refusal,
    },
    #[error("`{}` does not have {files}; expected a folder with them, or with {archives}", path.display())]
    Lacking { path: PathBuf, files: String, archives: String },
    #[error("cannot write {}; is the disk full, or the folder read-only?", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("another process is downloading {}; wait for it", path.display())]
    Busy { path: PathBuf },
}

impl FetchError {
    /// Whether the fault lies in what was asked for or given, rather than in the network or the disk.
    pub fn is_bad_input(&self) -> bool {
        match self {
            FetchError::Registry(_) | FetchError::NoMirror { .. } | FetchError::Copy { .. } | FetchError::Lacking { .. } => true,
            FetchError::NoneGave { .. } | FetchError::Write { .. } | FetchError::Busy { .. } => false,
        }
    }
}

/// A mirror that did not give what it should.
#[derive(Debug)]
pub struct Tried {
    pub url: String,
    pub why: Refusal,
}

impl Tried {
    /// The address and the whole chain of reasons.
    fn line(&self) -> String {
        let mut line = format!("\n  - {}: {}", self.url, self.why);
        let mut cause = std::error::Error::source(&self.why);
        while let Some(error) = cause {
            line += &format!(": {error}");
            cause = error.source();
        }
        line
    }
}

/// Why what a mirror, or a copy, has is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("it cannot be reached: {why}")]
    Unreachable { why: String },
    #[error("it answered with status {status}{}", reason(*status))]
    Status { status: u16 },
    #[error("more than {limit} redirects, the last one to {to}")]
    Redirects { limit: usize, to: String },
    #[error("a redirect from https to {to}, which is not secure; expected an address of https")]
    Downgrade { to: String },
    #[error("a redirect to `{to}`, which is not an address of http or https")]
    BadRedirect { to: String },
    #[error("nothing came for {seconds} s after {}; the next call goes on there (--timeout waits longer)", so_far(*have, *of))]
    Stalled { seconds: f64, have: u64, of: Option<u64> },
    #[error("the connection was cut after {}; the next call goes on there", so_far(*have, *of))]
    Cut { have: u64, of: Option<u64> },
    #[error("it promises {bytes} bytes, more than the {limit} that are taken")]
    TooLong { bytes: u64, limit: u64 },
    #[error("it answered with a web page, not a file")]
    WebPage,
    #[error("it is neither a zip nor a gzip file, and not {files} itself")]
    NoArchive { files: String },
    #[error("the archive is damaged")]
    Archive(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the archive's member `{member}` leads out of its folder; an archive that does is not unpacked")]
    Escape { member: String },
    #[error("the archive's member `{member}` is a link, expected a file")]
    Link { member: String },
    #[error("the archive has no {file}; it has {has}")]
    NoMember { file: String, has: String },
    #[error("{file} unpacks to more than {limit} bytes, the most that is taken")]
    TooBig { file: String, limit: u64 },
    #[error("{file} is not the file that the registry means")]
    Wrong {
        file: String,
        #[source]
        why: Mismatch,
    },
    #[error("the vectors cannot be read")]
    Vectors(#[source] EmbeddingError),
    #[error("it cannot be read")]
    Read(#[source] io::Error),
}

fn reason(status: u16) -> &'static str {
    match status {
        403 => " (forbidden)",
        404 => " (not found)",
        410 => " (gone)",
        429 => " (too many requests)",
        500..=599 => " (the server's own fault)",
        _ => "",
    }
}

fn so_far(have: u64, of: Option<u64>) -> String {
    match of {
        Some(of) => format!("{have} of {of} bytes"),
        None => format!("{have} bytes"),
    }
}

/// What ends an attempt: the source's own fault, after which the next one is tried, or one that no other source mends.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Refusal),
    Broken(FetchError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal)
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Failure::Broken(error)
    }
}
