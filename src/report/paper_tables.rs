//! The paper's seven tables, and facts counted of its corpora and its text: the CSVs of `data/paper`, compiled in so that a report can be
//! drawn anywhere. A fault in one of them is a fault of the build, not of a report's input: it panics with file and line, and a test reads
//! every table whole.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

/// One CSV of `data/paper`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaperTable {
    /// Table 1: sizes of the corpora.
    Corpora,
    /// Table 2: F1 of all systems.
    Main,
    /// Table 3: F1 with and without dropout.
    Dropout,
    /// Table 4: F1 by word vectors.
    Embeddings,
    /// Table 5: boundary inconsistency.
    Boundary,
    /// Table 6: unique entities by subset.
    Subsets,
    /// Table 7: F1 by subset.
    SubsetF1,
    /// What is counted in the corpora as distributed.
    CorpusFacts,
    /// What the paper's text says, or what is counted in it.
    TextFacts,
}

/// One row: column -> text.
pub(super) type PaperRow = BTreeMap<String, String>;

impl PaperTable {
    const ALL: [Self; 9] = [
        Self::Corpora,
        Self::Main,
        Self::Dropout,
        Self::Embeddings,
        Self::Boundary,
        Self::Subsets,
        Self::SubsetF1,
        Self::CorpusFacts,
        Self::TextFacts,
    ];

    /// The file, and what is in it.
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Corpora => ("data/paper/table1_corpora.csv", include_str!("../../data/paper/table1_corpora.csv")),
            Self::Main => ("data/paper/table2_main.csv", include_str!("../../data/paper/table2_main.csv")),
            Self::Dropout => ("data/paper/table3_dropout.csv", include_str!("../../data/paper/table3_dropout.csv")),
            Self::Embeddings => ("data/paper/table4_embeddings.csv", include_str!("../../data/paper/table4_embeddings.csv")),
            Self::Boundary => {
                ("data/paper/table5_boundary_inconsistency.csv", include_str!("../../data/paper/table5_boundary_inconsistency.csv"))
            }
            Self::Subsets => ("data/paper/table6_oov_partition.csv", include_str!("../../data/paper/table6_oov_partition.csv")),
            Self::SubsetF1 => ("data/paper/table7_oov_f1.csv", include_str!("../../data/paper/table7_oov_f1.csv")),
            Self::CorpusFacts => ("data/paper/corpus_facts.csv", include_str!("../../data/paper/corpus_facts.csv")),
            Self::TextFacts => ("data/paper/text_facts.csv", include_str!("../../data/paper/text_facts.csv")),
        }
    }

    fn parse(self) -> Vec<PaperRow> {
        let (file, text) = self.file();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.deserialize().map(|row| row.unwrap_or_else(|e| panic!("{file}: {e}"))).collect()
    }

    /// The rows, in the order of the file.
    pub fn rows(self) -> &'static [PaperRow] {
        static TABLES: LazyLock<[Vec<PaperRow>; 9]> = LazyLock::new(|| PaperTable::ALL.map(PaperTable::parse));
        &TABLES[self as usize]
    }

    /// The numbers in `column` of the rows whose columns hold the values of `key`, in the order of the file; where the paper prints none,
    /// there is none.
    pub fn figures<T: FromStr>(self, key: &[(&str, &str)], column: &str) -> impl Iterator<Item = T> {
        let field = move |row: &'static PaperRow, column: &str| {
            row.get(column).unwrap_or_else(|| panic!("{} has no column {column}", self.file().0)).as_str()
        };
        let found = self.rows().iter().filter(move |row| key.iter().all(|(name, value)| field(row, name) == *value));
        found.map(move |row| field(row, column)).filter(|text| !text.is_empty()).map(move |text| {
            text.parse().unwrap_or_else(|_| panic!("{}: `{text}` in column {column} is not the number that is read", self.file().0))
        })
    }

    /// The first of [`figures`](Self::figures).
    pub fn figure<T: FromStr>(self, key: &[(&str, &str)], column: &str) -> Option<T> {
        self.figures(key, column).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_whole() {
        for table in PaperTable::ALL {
            let (file, text) = table.file();
            assert_eq!(table.rows().len(), text.lines().count() - 1, "{file}");
            for column in ["f1", "ratio", "value", "unique_entities", "articles", "disease_mentions", "chemical_mentions", "concepts"] {
                if table.rows()[0].contains_key(column) {
                    assert!(table.figures::<f64>(&[], column).all(f64::is_finite), "{file}");
                }
            }
        }
        assert_eq!(PaperTable::Corpora.figure::<u64>(&[("corpus", "ncbi")], "articles"), Some(793));
        assert_eq!(PaperTable::Corpora.figure::<u64>(&[("corpus", "no such corpus")], "articles"), None);
    }
}
