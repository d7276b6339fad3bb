//! The paper's figures, compiled in so that a report can be drawn anywhere.

use super::ReportError;
use std::str::FromStr;

/// One CSV of `data/paper`, addressed by the columns that name a figure.
pub(super) struct PaperTable {
    file: &'static str,
    header: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
}

const FILES: [(&str, &str); 7] = [
    ("data/paper/table1_corpora.csv", include_str!("../../data/paper/table1_corpora.csv")),
    ("data/paper/table2_main.csv", include_str!("../../data/paper/table2_main.csv")),
    ("data/paper/table3_dropout.csv", include_str!("../../data/paper/table3_dropout.csv")),
    ("data/paper/table4_embeddings.csv", include_str!("../../data/paper/table4_embeddings.csv")),
    ("data/paper/table5_boundary_inconsistency.csv", include_str!("../../data/paper/table5_boundary_inconsistency.csv")),
    ("data/paper/table6_oov_partition.csv", include_str!("../../data/paper/table6_oov_partition.csv")),
    ("data/paper/table7_oov_f1.csv", include_str!("../../data/paper/table7_oov_f1.csv")),
];

/// All seven tables of the paper.
pub(super) struct Published {
    tables: Vec<PaperTable>,
}

impl Published {
    pub fn read() -> Result<Self, ReportError> {
        Ok(Self { tables: FILES.into_iter().map(|(file, text)| PaperTable::parse(file, text)).collect::<Result<_, _>>()? })
    }

    /// The figure in `column` of the first row of table `number` (1 to 7) whose columns hold the values of `key`; `None`
    /// where the paper prints none.
    pub fn figure<T: FromStr>(&self, number: usize, key: &[(&str, &str)], column: &str) -> Result<Option<T>, ReportError> {
        self.tables[number - 1].figure(key, column)
    }
}

impl PaperTable {
    fn parse(file: &'static str, text: &str) -> Result<Self, ReportError> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let fault = |e: csv::Error| ReportError::Published {
            file,
            line: e.position().map_or(0, csv::Position::line),
            found: e.to_string(),
            expected: "as many fields as the header has",
        };
        let header = reader.headers().map_err(fault)?.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(fault)?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record.iter().map(str::to_owned).collect()));
        }
        Ok(Self { file, header, rows })
    }

    fn figure<T: FromStr>(&self, key: &[(&str, &str)], column: &str) -> Result<Option<T>, ReportError> {
        let at = |name: &str| self.header.iter().position(|h| h == name);
        let found = self.rows.iter().find(|(_, row)| key.iter().all(|(name, value)| at(name).is_some_and(|i| row[i] == *value)));
        let Some(((line, row), i)) = found.zip(at(column)) else { return Ok(None) };
        if row[i].is_empty() {
            return Ok(None);
        }
        row[i].parse().map(Some).map_err(|_| ReportError::Published {
            file: self.file,
            line: *line,
            found: format!("`{}` in column {column}", row[i]),
            expected: "a number",
        })
    }
}
