//! Names of concepts, from a file of MEDIC.
//!
//! Three layouts are read, detected from their content: the CTD's own tab-separated file (`CTD_diseases.tsv`), whose comment line says the
//! columns; tab-separated with a header (`id`, `name`, `alt_ids`); and `id|other ids||name|synonym...`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

/// Why names of concepts cannot be read.
#[allow(missing_docs)] // the message of a variant says what it and its fields are
#[derive(Debug, thiserror::Error)]
pub enum NamesError {
    #[error("cannot read the names in {}", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "{}:{line}: found `{found}` where a name was expected; names are read from the CTD's CTD_diseases.tsv, from a table whose header \
         has `id` and `name`, or from lines `id|other ids||name`",
        path.display()
    )]
    Layout { path: PathBuf, line: usize, found: String },
}

/// Concept ids to preferred names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    names: HashMap<String, String>,
}

/// Where a line has what.
#[derive(Clone, Copy)]
enum Layout {
    /// Columns of id, name and further ids.
    Table([Option<usize>; 3]),
    Bars,
}

impl Names {
    /// Reads a file, plain or gzip.
    ///
    /// # Errors
    /// A file that cannot be read, or is laid out in another way.
    pub fn read(path: &Path) -> Result<Self, NamesError> {
        let failed = |source| NamesError::Io { path: path.to_owned(), source };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let mut text = String::new();
        if file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]) {
            MultiGzDecoder::new(file).read_to_string(&mut text).map_err(failed)?;
        } else {
            file.read_to_string(&mut text).map_err(failed)?;
        }
        Self::parse(&text).map_err(|(line, found)| NamesError::Layout {
            path: path.to_owned(),
            line,
            found: found.chars().take(60).collect(),
        })
    }

    /// `Err` has the line, from one, that is of no layout.
    fn parse(text: &str) -> Result<Self, (usize, &str)> {
        let mut names = Self::default();
        let mut layout = None;
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let fields: Vec<&str> = line.trim_start_matches(['#', ' ']).split('\t').collect();
            if let Some(found) = header(&fields) {
                layout = Some(found);
                continue;
            }
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if layout.is_none() && line.contains("||") {
                layout = Some(Layout::Bars);
            }
            names.line(layout.ok_or((at + 1, line))?, line, &fields).ok_or((at + 1, line))?;
        }
        Ok(names)
    }

    fn line(&mut self, layout: Layout, line: &str, fields: &[&str]) -> Option<()> {
        let (id, name, others) = match layout {
            Layout::Table([id, name, others]) => {
                let others = others.and_then(|at| fields.get(at)).copied().unwrap_or_default();
                (*fields.get(id?)?, *fields.get(name?)?, others)
            }
            Layout::Bars => {
                let (ids, names) = line.split_once("||")?;
                let (id, others) = ids.split_once('|').unwrap_or((ids, ""));
                (id, names.split('|').next()?, others)
            }
        };
        self.names.insert(key(id).to_owned(), name.to_owned());
        for other in others.split('|').filter(|other| !other.is_empty()) {
            self.names.entry(key(other).to_owned()).or_insert_with(|| name.to_owned());
        }
        Some(())
    }

    /// The names of a concept string, in its order and with its joints; `None` where none of its ids has a name.
    pub fn of(&self, concept: &str) -> Option<String> {
        let mut known = false;
        let mut name = |id: &str| match self.names.get(key(id)) {
            Some(name) => {
                known = true;
                name.clone()
            }
            None => id.trim().to_owned(),
        };
        let all = concept.split('|').map(|part| part.split('+').map(&mut name).collect::<Vec<_>>().join("+")).collect::<Vec<_>>().join("|");
        known.then_some(all)
    }

    /// Ids that have a name.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no concept has a name.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// The id as it is looked up: `MESH:` and `OMIM:` are often left out, and the ids of the two do not clash.
fn key(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix("MESH:").or_else(|| id.strip_prefix("OMIM:")).unwrap_or(id)
}

/// The columns that a header names.
fn header(fields: &[&str]) -> Option<Layout> {
    let column = |names: [&str; 2]| fields.iter().position(|field| names.contains(field));
    let columns = [column(["id", "DiseaseID"]), column(["name", "DiseaseName"]), column(["alt_ids(|)", "AltDiseaseIDs"])];
    (columns[0].is_some() && columns[1].is_some()).then_some(Layout::Table(columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_gives_the_same_names() {
        let table = "# id\tname\talt_ids(|)\nMESH:D006073\tGout\tOMIM:1|MESH:C2\nOMIM:3\tRare ache\t\n";
        let ctd = "# Report\n# Fields:\n# DiseaseName\tDiseaseID\tAltDiseaseIDs\tDefinition\n#\nGout\tMESH:D006073\tOMIM:1|MESH:C2\tPain.\nRare ache\tOMIM:3\t\t\n";
        let bars = "D006073|1|C2||Gout|Podagra\n3||Rare ache\n";
        let names = Names::parse(table).unwrap();
        for (text, ids) in [(table, 4), (ctd, 4), (bars, 4)] {
            let read = Names::parse(text).unwrap();
            assert_eq!((read.len(), &read), (ids, &names));
        }
        assert_eq!(names.of("MESH:D006073").as_deref(), Some("Gout"));
        assert_eq!(names.of("D006073+OMIM:3").as_deref(), Some("Gout+Rare ache"));
        assert_eq!(names.of("OMIM:1|MESH:X9").as_deref(), Some("Gout|MESH:X9"));
        assert_eq!(names.of("MESH:X9"), None);
    }

    #[test]
    fn a_file_of_another_kind_is_told_with_its_line() {
        assert_eq!(Names::parse("\nDiseases of mice\n"), Err((2, "Diseases of mice")));
        assert_eq!(Names::parse("# id\tname\nD1\n"), Err((2, "D1")));
    }
}
