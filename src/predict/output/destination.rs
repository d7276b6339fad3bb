//! Where output goes: a stream, or a file or folder that gets its name at the end.

use super::{OutputError, OutputFormat};
use crate::atomic_file::AtomicOutput;
use crate::predict::input::InputError;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where the user wants the output.
pub enum Destination {
    /// A file, or for brat a new or empty folder.
    Path(PathBuf),
    /// Standard output, for one.
    Stream(Box<dyn Write>),
}

/// Where it is being written.
pub enum Target {
    /// Its name in messages, and itself.
    Stream(String, Box<dyn Write>),
    File {
        output: AtomicOutput,
        out: BufWriter<File>,
    },
    Folder {
        output: AtomicOutput,
    },
}

impl Target {
    pub fn open(format: OutputFormat, destination: Destination) -> Result<Self, OutputError> {
        let path = match destination {
            Destination::Stream(_) if format == OutputFormat::Brat => return Err(OutputError::BratToStream),
            Destination::Stream(out) => return Ok(Self::Stream("standard output".into(), Box::new(BufWriter::new(out)))),
            Destination::Path(path) => path,
        };
        let failed = |source| OutputError::Io { what: path.display().to_string(), source };
        if format == OutputFormat::Brat && path.exists() && fs::read_dir(&path).map_or(true, |mut entries| entries.next().is_some()) {
            return Err(OutputError::Occupied { path });
        }
        // A pipe or a device cannot be replaced by renaming.
        if format != OutputFormat::Brat && path.exists() && !path.is_file() {
            let out = File::options().write(true).open(&path).map_err(failed)?;
            return Ok(Self::Stream(path.display().to_string(), Box::new(BufWriter::new(out))));
        }
        let output = AtomicOutput::new(&path).map_err(failed)?;
        if format == OutputFormat::Brat {
            fs::create_dir(output.temporary_path()).map_err(failed)?;
            return Ok(Self::Folder { output });
        }
        let out = BufWriter::new(File::create(output.temporary_path()).map_err(failed)?);
        Ok(Self::File { output, out })
    }

    fn failed(&self, source: io::Error) -> OutputError {
        let what = match self {
            Self::Stream(name, _) => name.clone(),
            Self::File { output, .. } | Self::Folder { output } => output.path().display().to_string(),
        };
        OutputError::Io { what, source }
    }

    /// Writes to the stream or file; a folder has none, and nothing is done.
    pub fn stream(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
        let written = match self {
            Self::Stream(_, out) => write(out),
            Self::File { out, .. } => write(out),
            Self::Folder { .. } => Ok(()),
        };
        written.map_err(|error| self.failed(error))
    }

    /// Writes into the folder, where the output is one.
    pub fn folder(&mut self, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), OutputError> {
        let written = match self {
            Self::Folder { output } => write(&output.temporary_path()),
            _ => Ok(()),
        };
        written.map_err(|error| self.failed(error))
    }

    /// Ends the output; a file or folder gets its name when `check` has read it and found nothing wrong.
    pub fn finish(mut self, check: impl FnOnce(&Path) -> Result<(), InputError>) -> Result<(), OutputError> {
        self.stream(|out| out.flush())?;
        if let Self::File { output, .. } | Self::Folder { output } = &self {
            let unreadable = |source| OutputError::Unreadable { path: output.path().to_owned(), source: Box::new(source) };
            check(&output.temporary_path()).map_err(unreadable)?;
        }
        let placed = match &self {
            Self::Stream(..) => Ok(()),
            Self::File { output, out } => out.get_ref().sync_all().and_then(|()| output.commit()),
            Self::Folder { output } => output.commit(),
        };
        placed.map_err(|error| self.failed(error))
    }
}
