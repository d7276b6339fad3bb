//! Names added to a vocabulary and names banned from it: a small TSV file of one's own.

use super::{LexiconError, read_text};
use crate::corpus::shown;
use crate::lexicon::{Lexicon, LexiconFault, NameKind};
use std::path::Path;

/// Changes `lexicon` as the file of edits says; see [`apply_edits`].
///
/// # Errors
/// As [`apply_edits`], and for a file that cannot be read.
pub fn read_edits(lexicon: Lexicon, path: &Path) -> Result<Lexicon, LexiconError> {
    apply_edits(lexicon, &path.display().to_string(), &read_text(path)?)
}

/// Changes `lexicon` line by line: `add<TAB>ID<TAB>NAME` gives a concept a name, `ban<TAB>ID<TAB>NAME` takes one from it (letter case
/// does not matter), and `ban<TAB>*<TAB>NAME` takes it from every concept. Lines that begin with `#` are remarks. The last name of a
/// concept can be banned too: the concept then is found by its id alone.
///
/// # Errors
/// A line that is none of these, an id that no concept has, or a name to be banned that the concept does not have.
pub fn apply_edits(lexicon: Lexicon, file: &str, text: &str) -> Result<Lexicon, LexiconError> {
    let mut concepts = lexicon.concepts().to_vec();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let fault = |fault| LexiconError::line(file, at, fault);
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let &[verb, id, name] = fields.as_slice() else {
            return Err(fault(LexiconFault::Columns { found: fields.len(), expected: 3, columns: "add or ban, id, name".into() }));
        };
        if !matches!(verb, "add" | "ban") {
            return Err(fault(LexiconFault::Edit { found: shown(verb) }));
        }
        if name.is_empty() {
            return Err(fault(LexiconFault::EmptyField { field: "name" }));
        }
        if (verb, id) == ("ban", "*") {
            for concept in &mut concepts {
                concept.names.retain(|known| !same(&known.text, name));
            }
            continue;
        }
        let unknown = || LexiconFault::UnknownConcept { id: shown(id), near: lexicon.nearest_id(id) };
        let concept = lexicon.find(id).ok_or_else(|| fault(unknown()))?;
        let concept = &mut concepts[concept];
        if verb == "add" {
            concept.add_name(name, if concept.names.is_empty() { NameKind::Preferred } else { NameKind::Exact });
            continue;
        }
        let before = concept.names.len();
        concept.names.retain(|known| !same(&known.text, name));
        if concept.names.len() == before {
            let distance = |known: &str| strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
            let near = concept.names.iter().map(|known| (distance(&known.text), &known.text)).min();
            let near = near.filter(|(distance, _)| *distance <= 3).map(|(_, known)| known.clone());
            return Err(fault(LexiconFault::NothingToBan { id: shown(id), name: shown(name), near }));
        }
    }
    Ok(Lexicon::new(concepts))
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
