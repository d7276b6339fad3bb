//! JSON Lines: an object a line with `id`, `name` and optionally `synonyms`, `alternative_ids`, `parents`.

use super::{Faulty, Placed};
use crate::lexicon::{Concept, LexiconFault, NameKind};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    name: String,
    #[serde(default)]
    synonyms: Vec<String>,
    #[serde(default)]
    alternative_ids: Vec<String>,
    #[serde(default)]
    parents: Vec<String>,
}

pub(super) fn parse(text: &str) -> Result<Vec<Placed>, Faulty> {
    let mut read = Vec::new();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty()) {
        let row: Row = serde_json::from_str(line.trim_start_matches('\u{feff}')).map_err(|error| {
            let said = error.to_string();
            let said = said.rfind(" at line ").map_or(said.as_str(), |end| &said[..end]);
            (at, LexiconFault::Json { said: crate::corpus::shown(said) })
        })?;
        for (value, field) in [(&row.id, "id"), (&row.name, "name")] {
            if value.trim().is_empty() {
                return Err((at, LexiconFault::EmptyField { field }));
            }
        }
        let id = row.id.trim().to_owned();
        let mut concept = Concept { id, alternative: row.alternative_ids, parents: row.parents, ..Concept::default() };
        concept.add_name(&row.name, NameKind::Preferred);
        row.synonyms.iter().for_each(|synonym| concept.add_name(synonym, NameKind::Exact));
        read.push((at, concept));
    }
    Ok(read)
}
