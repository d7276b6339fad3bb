//! Tables with a heading: CTD's `CTD_diseases.tsv`, and TSV files of one's own.

use super::{Faulty, Placed};
use crate::lexicon::{Concept, LexiconFault, NameKind};

/// The headings that a column may have; CTD's, those of copies of CTD's file, and plain words.
const ID: &[&str] = &["id", "diseaseid", "conceptid", "identifier"];
const NAME: &[&str] = &["name", "diseasename", "conceptname", "label"];
const SYNONYMS: &[&str] = &["synonyms", "synonym", "names"];
const ALTERNATIVE: &[&str] = &["alternativeids", "altids", "altdiseaseids", "alternatives"];
const PARENTS: &[&str] = &["parents", "parentids", "parent"];

/// A column's heading without `#`, blanks, `_`, what stands in parentheses, and capitals.
fn plain(heading: &str) -> String {
    let heading = heading.split('(').next().unwrap_or_default();
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a line is a heading that names the columns of id and name.
pub(super) fn is_heading(line: &str) -> bool {
    Columns::of(line).is_some()
}

struct Columns {
    headings: Vec<String>,
    id: usize,
    name: usize,
    synonyms: Option<usize>,
    alternative: Option<usize>,
    parents: Option<usize>,
}

impl Columns {
    /// `None` where the line is no heading.
    fn of(line: &str) -> Option<Self> {
        let headings: Vec<String> =
            line.trim_start_matches(['\u{feff}', '#']).split('\t').map(|heading| heading.trim().to_owned()).collect();
        let plain: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
        let find = |wanted: &[&str]| plain.iter().position(|column| wanted.contains(&column.as_str()));
        let (id, name) = (find(ID)?, find(NAME)?);
        Some(Columns { id, name, synonyms: find(SYNONYMS), alternative: find(ALTERNATIVE), parents: find(PARENTS), headings })
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Placed>, Faulty> {
    let mut read = Vec::new();
    let mut columns: Option<Columns> = None;
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        if line.trim().is_empty() {
            continue;
        }
        let Some(columns) = &columns else {
            columns = Columns::of(line);
            continue;
        };
        if line.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = line.split('\t').collect();
        let field = |column: usize| fields.get(column).map_or("", |field| field.trim());
        // Programs leave out empty fields at a line's end; more than the heading names would be of no column.
        if fields.len() > columns.headings.len() || fields.len() <= columns.id.max(columns.name) {
            let named = columns.headings.join(", ");
            return Err((at, LexiconFault::Columns { found: fields.len(), expected: columns.headings.len(), columns: named }));
        }
        let list = |column: Option<usize>| {
            let list = column.map_or("", field).split('|').map(str::trim).filter(|part| !part.is_empty());
            list.map(str::to_owned).collect::<Vec<_>>()
        };
        let (id, name) = (field(columns.id), field(columns.name));
        for (value, field) in [(id, "id"), (name, "name")] {
            if value.is_empty() {
                return Err((at, LexiconFault::EmptyField { field }));
            }
        }
        let mut concept =
            Concept { id: id.to_owned(), alternative: list(columns.alternative), parents: list(columns.parents), ..Concept::default() };
        concept.add_name(name, NameKind::Preferred);
        list(columns.synonyms).iter().for_each(|synonym| concept.add_name(synonym, NameKind::Exact));
        read.push((at, concept));
    }
    Ok(read)
}
