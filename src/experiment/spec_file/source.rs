//! Where a value of an experiment was written: a file, or an argument of the command line.

use std::sync::Arc;

/// A text that values are read from, under the name that messages show.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as the user wrote it, or `--set key=value`.
    pub name: String,
    pub text: String,
    /// An argument has no lines worth naming.
    pub argument: bool,
}

/// One stretch of a source, within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub source: Arc<Source>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// In characters, at least 1.
    pub length: usize,
}

impl Location {
    /// The text of the line, without its end.
    pub fn line_text(&self) -> &str {
        self.source.text.lines().nth(self.line.saturating_sub(1)).unwrap_or("")
    }
}

impl std::fmt::Display for Location {
    /// `file:line:column`, or the argument.
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        if self.source.argument { f.write_str(&self.source.name) } else { write!(f, "{}:{}:{}", self.source.name, self.line, self.column) }
    }
}
