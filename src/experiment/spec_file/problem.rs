//! What can be wrong with an experiment file, and how it is shown: the place, the line, a caret and what to do.

use super::source::Location;
pub use crate::choice::nearest;
use std::fmt;

/// One thing that is wrong. `hint` says what was expected or what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub fault: Fault,
    pub place: Option<Location>,
    pub hint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("cannot read {file}: {why}")]
    Unreadable { file: String, why: String },
    #[error("{what}")]
    Syntax { what: String },
    #[error("unknown key `{path}`")]
    UnknownKey { path: String },
    #[error("`{path}` is given twice")]
    GivenTwice { path: String },
    #[error("bad value for `{path}`: {found}")]
    BadValue { path: String, found: String },
    #[error("missing key `{path}`")]
    MissingKey { path: String },
    #[error("`{path}: {value}` cannot go with `{other}: {other_value}`")]
    Impossible { path: String, value: String, other: String, other_value: String },
    #[error("`{path}: {value}` has no effect in any run")]
    NoEffect { path: String, value: String },
    #[error("{what}")]
    Shape { what: String },
}

/// Everything found wrong with an experiment; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecErrors(pub Vec<Problem>);

impl Problem {
    pub(super) fn new(fault: Fault, place: &Location, hint: impl Into<String>) -> Self {
        Self { fault, place: Some(place.clone()), hint: hint.into() }
    }

    pub(super) fn unplaced(fault: Fault, hint: impl Into<String>) -> Self {
        Self { fault, place: None, hint: hint.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // Control characters would move the caret, or the terminal; a tab counts as the one character that it is.
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        f.write_str(&self.fault.to_string().chars().map(printable).collect::<String>())?;
        let Some(place) = &self.place else {
            return if self.hint.is_empty() { Ok(()) } else { write!(f, "\n   = {}", self.hint) };
        };
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        let (line, column) = excerpt(place.line_text(), place.column);
        let line: String = line.chars().map(printable).collect();
        let width = line.chars().count().saturating_sub(column - 1).max(1);
        let caret = " ".repeat(column - 1) + &"^".repeat(place.length.clamp(1, width));
        write!(f, " ({place})\n{margin} |\n{number} | {}\n{margin} | {caret} {}", line.trim_end(), self.hint)
    }
}

/// The part of a long line that holds the column, and the column within that part.
fn excerpt(line: &str, column: usize) -> (String, usize) {
    const WIDTH: usize = 100;
    let length = line.chars().count();
    let column = column.clamp(1, length + 1);
    if length <= WIDTH {
        return (line.to_owned(), column);
    }
    let from = (column - 1).saturating_sub(WIDTH / 2);
    (line.chars().skip(from).take(WIDTH).collect(), column - from)
}

impl fmt::Display for SpecErrors {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\nerror: ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SpecErrors {}

/// "did you mean `x`?" where a name is near, else the list of all.
pub(super) fn suggestion(name: &str, candidates: &[&str]) -> String {
    match nearest(name, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if candidates.is_empty() => "none is known here".into(),
        None => format!("expected {}", one_of(candidates)),
    }
}

/// "`a`", "`a` or `b`", "one of `a`, `b`, `c`".
pub(super) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.len() {
        0..=2 => quoted.join(" or "),
        _ => format!("one of {}", quoted.join(", ")),
    }
}
