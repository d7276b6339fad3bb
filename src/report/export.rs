//! Run records as data frames in files that other tools read.

use super::ReportError;
use super::frames;
use crate::run::record::RunRecord;
use crate::run::store::EpochProgress;
use polars::prelude::{AnyValue, CsvWriter, DataFrame, ParquetWriter, PolarsError, SerWriter};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;
use std::io::Write;

/// What one row of the frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// A run, with every key of its specification, its scores and its cost.
    Runs,
    /// An epoch of a network of a run.
    History,
    /// A score of a split of a run, with its counts.
    Scores,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFormat {
    Csv,
    Parquet,
    /// One JSON object a line; a value that is missing is `null`.
    JsonLines,
}

/// What an experiment calls a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunName {
    pub experiment: String,
    pub label: String,
}

/// What is known of runs beside their records, by run id.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub names: BTreeMap<String, RunName>,
    /// Epochs with their counts on dev.
    pub progress: BTreeMap<String, Vec<EpochProgress>>,
}

/// Writes a frame of the records, in their order. Equal records give equal bytes.
///
/// # Errors
/// A frame that cannot be built, or `out` that cannot be written to.
pub fn export(records: &[&RunRecord], known: &Known, rows: Rows, format: FrameFormat, out: &mut dyn Write) -> Result<(), ReportError> {
    let (name, built) = match rows {
        Rows::Runs => ("runs", frames::runs_with(records, known)?),
        Rows::History => ("history", frames::history_with(records, known)?),
        Rows::Scores => ("scores", frames::scores(records)?),
    };
    let mut frame = built;
    let written = match format {
        FrameFormat::Csv => CsvWriter::new(out).finish(&mut frame),
        FrameFormat::Parquet => ParquetWriter::new(out).finish(&mut frame).map(drop),
        FrameFormat::JsonLines => json_lines(&frame, out),
    };
    written.map_err(|source| ReportError::Frame { frame: name, source })
}

fn json_lines(frame: &DataFrame, out: &mut dyn Write) -> Result<(), PolarsError> {
    for row in 0..frame.height() {
        let mut object = Map::new();
        for column in frame.columns() {
            object.insert(column.name().to_string(), json(column.get(row)?));
        }
        writeln!(out, "{}", Value::Object(object))?;
    }
    Ok(())
}

/// A number that JSON has not (no score of ours is one) is `null`.
fn json(value: AnyValue) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => Value::Bool(flag),
        AnyValue::UInt64(whole) => Value::Number(whole.into()),
        AnyValue::Float64(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        AnyValue::String(text) => Value::String(text.to_owned()),
        AnyValue::StringOwned(text) => Value::String(text.to_string()),
        other => Value::String(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::synthetic;

    fn exported(rows: Rows, format: FrameFormat) -> Vec<u8> {
        let records = synthetic::quickstart();
        let mut out = Vec::new();
        export(&records.iter().collect::<Vec<_>>(), &Known::default(), rows, format, &mut out).unwrap();
        out
    }

    /// The text formats say the same, row by row, and hold what the records hold.
    #[test]
    fn every_epoch_is_a_row_in_each_format() {
        let records = synthetic::quickstart();
        let epochs: usize = records.iter().flat_map(|r| &r.result.networks).map(|n| n.epochs.len()).sum();
        let lines = String::from_utf8(exported(Rows::History, FrameFormat::JsonLines)).unwrap();
        let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), epochs);
        let first = &records[0].result.networks[0].epochs[0];
        assert_eq!(rows[0]["epoch"], 1);
        assert_eq!(rows[0]["selected"], false);
        assert_eq!(rows[0]["learning_rate"].as_f64(), Some(first.learning_rate));
        assert_eq!(rows[0]["loss_mer"].as_f64(), first.loss.mer);
        let csv = exported(Rows::History, FrameFormat::Csv);
        let mut reader = csv::Reader::from_reader(csv.as_slice());
        let header = reader.headers().unwrap().clone();
        let names: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(header.iter().collect::<Vec<_>>(), names);
        for (line, row) in reader.records().zip(&rows) {
            for (field, value) in line.unwrap().iter().zip(row.as_object().unwrap().values()) {
                match value {
                    Value::Null => assert_eq!(field, ""),
                    Value::String(text) => assert_eq!(field, text),
                    Value::Number(number) => assert_eq!(field.parse::<f64>().unwrap(), number.as_f64().unwrap()),
                    other => assert_eq!(field, other.to_string()),
                }
            }
        }
    }

    #[test]
    fn a_run_is_a_row_with_typed_keys() {
        let lines = String::from_utf8(exported(Rows::Runs, FrameFormat::JsonLines)).unwrap();
        let row: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        for (key, is) in [
            ("model.crf", row["model.crf"].is_boolean()),
            ("train.epochs", row["train.epochs"].is_u64()),
            ("dropout.rate", row["dropout.rate"].is_f64()),
        ] {
            assert!(is, "{key}: {}", row[key]);
        }
        assert_eq!(row["data.corpus"], synthetic::quickstart()[0].result.spec.data.corpus.as_str());
    }

    #[test]
    fn scores_are_their_counts() {
        let lines = String::from_utf8(exported(Rows::Scores, FrameFormat::JsonLines)).unwrap();
        let record = &synthetic::quickstart()[0];
        let of = |split: &str, score: &str| -> Value {
            lines
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap())
                .find(|row| row["run"] == record.result.run_id.as_str() && row["split"] == split && row["score"] == score)
                .unwrap()
        };
        let test = record.result.test.as_ref().unwrap();
        let row = of("test", "mention");
        assert_eq!((row["tp"].as_u64(), row["f1"].as_f64()), (Some(test.mention.kit.tp), Some(test.mention.kit.f1())));
        assert_eq!(of("dev", "concept_unseen")["fn"].as_u64(), record.result.dev.as_ref().map(|dev| dev.unseen_concepts.fn_));
    }

    #[test]
    fn parquet_is_framed_as_such() {
        let bytes = exported(Rows::Runs, FrameFormat::Parquet);
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
        assert_eq!(bytes, exported(Rows::Runs, FrameFormat::Parquet));
    }
}
