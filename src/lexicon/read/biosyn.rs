//! BioSyn's dictionaries: `id|other id||name|synonym`, a concept a line.

use super::{Faulty, Placed};
use crate::lexicon::{Concept, LexiconFault, NameKind};

pub(super) fn parse(text: &str) -> Result<Vec<Placed>, Faulty> {
    let mut read = Vec::new();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty()) {
        let line = line.trim_start_matches('\u{feff}');
        let (ids, names) = line.split_once("||").ok_or((at, LexiconFault::NoSeparator))?;
        let mut ids = ids.split('|').map(str::trim).filter(|id| !id.is_empty()).map(with_prefix);
        let id = ids.next().ok_or((at, LexiconFault::EmptyField { field: "id" }))?;
        let mut concept = Concept { id, alternative: ids.collect(), ..Concept::default() };
        for name in names.split('|') {
            concept.add_name(name, if concept.names.is_empty() { NameKind::Preferred } else { NameKind::Exact });
        }
        if concept.names.is_empty() {
            return Err((at, LexiconFault::EmptyField { field: "name" }));
        }
        read.push((at, concept));
    }
    Ok(read)
}

/// MeSH's and OMIM's ids stand without a prefix: OMIM's are digits alone.
fn with_prefix(id: &str) -> String {
    let digits = id.bytes().all(|b| b.is_ascii_digit());
    match id {
        _ if digits => format!("OMIM:{id}"),
        _ if id.contains(':') => id.to_owned(),
        _ => format!("MESH:{id}"),
    }
}
