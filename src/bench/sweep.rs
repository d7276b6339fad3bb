//! How cost grows: one axis after the other, the rest held still.

use super::Mode;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Tokens of the load.
    Tokens,
    /// MEN tags.
    Tags,
    /// Tokens of every sentence.
    Length,
    /// Sentences a batch.
    Batch,
    Threads,
}

/// A load and a network to measure; hidden width, dimension and vocabulary are those of `mermen bench`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The line of the figure that it belongs to.
    pub series: &'static str,
    pub mode: Mode,
    pub crf: bool,
    pub batch: usize,
    pub men_tags: usize,
    pub threads: usize,
    pub sentences: usize,
    /// Tokens of every sentence; log-normal lengths without it.
    pub length: Option<usize>,
}

/// What a point cost, measured in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub tokens: usize,
    pub seconds: f64,
    pub tokens_per_s: f64,
    /// The most memory that the process held.
    pub peak_mib: Option<f64>,
}

const TRAINING: Point =
    Point { series: "training", mode: Mode::Train, crf: false, batch: 16, men_tags: 670, threads: 1, sentences: 160, length: None };
const WITH_CRF: Point = Point { series: "training with a CRF", crf: true, ..TRAINING };
const PREDICTION: Point = Point { series: "prediction", mode: Mode::Predict, batch: 32, ..TRAINING };

impl Axis {
    pub const ALL: [Self; 5] = [Self::Tokens, Self::Tags, Self::Length, Self::Batch, Self::Threads];

    /// Name of the axis in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Tags => "tags",
            Self::Length => "length",
            Self::Batch => "batch",
            Self::Threads => "threads",
        }
    }

    /// What the axis counts, as a figure says it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Tags => "normalization tags",
            Self::Length => "tokens of every sentence",
            Self::Batch => "sentences per batch",
            Self::Threads => "threads",
        }
    }

    /// Where a measurement stands on the axis.
    pub fn value(self, point: &Point, cost: &Cost) -> usize {
        match self {
            Self::Tokens => cost.tokens,
            Self::Tags => point.men_tags,
            Self::Length => point.length.unwrap_or_default(),
            Self::Batch => point.batch,
            Self::Threads => point.threads,
        }
    }

    /// The measurements that show it: a minute or two of one core together.
    pub fn points(self) -> Vec<Point> {
        let over = |values: &[usize], series: &[Point], at: &dyn Fn(usize, Point) -> Point| -> Vec<Point> {
            series.iter().flat_map(|s| values.iter().map(|v| at(*v, *s))).collect()
        };
        match self {
            Self::Tokens => over(&[80, 160, 320, 640, 1280], &[TRAINING, PREDICTION], &|sentences, p| Point { sentences, ..p }),
            Self::Tags => over(&[100, 200, 500, 1000, 2000], &[TRAINING, WITH_CRF, PREDICTION], &|men_tags, p| Point { men_tags, ..p }),
            // As many tokens at every length; at 400 a batch of 16 is a step of 6,400 tokens.
            Self::Length => over(&[10, 20, 50, 100, 200, 400], &[TRAINING, WITH_CRF, PREDICTION], &|length, p| Point {
                length: Some(length),
                sentences: (6400 / length).max(p.batch),
                ..p
            }),
            Self::Batch => over(&[1, 2, 4, 8, 16, 32], &[TRAINING, WITH_CRF, PREDICTION], &|batch, p| Point { batch, ..p }),
            Self::Threads => {
                let one = Point { series: "training, batch 1", batch: 1, ..TRAINING };
                let many = Point { series: "training, batch 16", ..TRAINING };
                over(&[1, 2], &[one, many, PREDICTION], &|threads, p| Point { threads, ..p })
            }
        }
    }
}

/// One line of a sweep's table.
#[derive(Serialize)]
struct Line<'a> {
    series: &'a str,
    mode: Mode,
    crf: bool,
    batch: usize,
    men_tags: usize,
    threads: usize,
    sentences: usize,
    length: Option<usize>,
    tokens: usize,
    seconds: f64,
    tokens_per_s: f64,
    peak_mib: Option<f64>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: check that the folder may be written to", path.display())]
pub struct SweepError {
    path: PathBuf,
    source: csv::Error,
}

/// Writes an axis's measurements as a table with one line each.
///
/// # Errors
/// A file that cannot be written.
pub fn write_csv(path: &Path, costs: &[(Point, Cost)]) -> Result<(), SweepError> {
    let failed = |source| SweepError { path: path.to_owned(), source };
    let mut writer = csv::Writer::from_path(path).map_err(failed)?;
    for (p, c) in costs {
        let line = Line {
            series: p.series,
            mode: p.mode,
            crf: p.crf,
            batch: p.batch,
            men_tags: p.men_tags,
            threads: p.threads,
            sentences: p.sentences,
            length: p.length,
            tokens: c.tokens,
            seconds: c.seconds,
            tokens_per_s: c.tokens_per_s,
            peak_mib: c.peak_mib,
        };
        writer.serialize(line).map_err(failed)?;
    }
    writer.flush().map_err(|source| failed(source.into()))
}
