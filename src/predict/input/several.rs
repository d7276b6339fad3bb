//! The documents of several files, one file after the other.

use super::{Documents, InputError, InputFormat};
use crate::corpus::{Document, Keys};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Opens each file when the one before it has ended. A file that cannot be opened, or whose format is none that is read, is one broken document
/// among the others; the paragraphs of plain text bear the name of their file, since each file counts its own.
pub struct Inputs {
    waiting: VecDeque<PathBuf>,
    current: Option<(Documents, Option<String>)>,
    format: Option<InputFormat>,
    keys: Keys,
    /// The formats that were read, each once.
    formats: Vec<InputFormat>,
    notes: Vec<String>,
    several: bool,
}

impl Inputs {
    /// The files, in this order.
    pub fn of_files(files: Vec<PathBuf>, format: Option<InputFormat>, keys: Keys) -> Self {
        let several = files.len() > 1;
        Self { waiting: files.into(), current: None, format, keys, formats: Vec::new(), notes: Vec::new(), several }
    }

    /// One input that is open already.
    pub fn of_documents(mut documents: Documents, keys: Keys) -> Self {
        documents.set_keys(keys.clone());
        let format = documents.format();
        Self { formats: vec![format], current: Some((documents, None)), ..Self::of_files(Vec::new(), Some(format), keys) }
    }

    /// The formats that were read so far, as they are called on command lines.
    pub fn formats(&self) -> String {
        self.formats.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
    }

    /// What the readers noted of the documents so far.
    pub fn notes(&self) -> Vec<String> {
        let current = self.current.iter().flat_map(|(documents, _)| documents.notes().lines());
        self.notes.iter().cloned().chain(current).collect()
    }

    fn open(&mut self, path: &Path) -> Result<(), InputError> {
        let mut documents = Documents::open(path, self.format)?;
        documents.set_keys(self.keys.clone());
        if !self.formats.contains(&documents.format()) {
            self.formats.push(documents.format());
        }
        let own_names = self.several && documents.format() == InputFormat::Text;
        let stem = own_names.then(|| path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
        self.current = Some((documents, stem));
        Ok(())
    }

    /// One file of several does not end the reading.
    fn of_one_file(&self, error: InputError, path: &Path) -> InputError {
        if !self.several || error.is_of_one_document() {
            return error;
        }
        let mut why = error.to_string();
        if let Some(cause) = std::error::Error::source(&error) {
            why += &format!(": {cause}");
        }
        InputError::Document { name: path.display().to_string(), line: 1, id: None, why }
    }
}

impl Iterator for Inputs {
    type Item = Result<Document, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((documents, stem)) = &mut self.current {
                if let Some(next) = documents.next() {
                    let named = |mut document: Document| {
                        if let Some(stem) = stem {
                            document.id = format!("{stem}.{}", document.id);
                        }
                        document
                    };
                    return Some(next.map(named));
                }
                let ended = self.current.take();
                self.notes.extend(ended.iter().flat_map(|(documents, _)| documents.notes().lines()));
            }
            let path = self.waiting.pop_front()?;
            if let Err(error) = self.open(&path) {
                return Some(Err(self.of_one_file(error, &path)));
            }
        }
    }
}
