//! Figures of a search: the expected best by trials, and the dev score against the value of each key.

use super::study::{Measure, PlannedKey, Study};
use super::tables::{key_titles, pairs};
use crate::evaluate::expected_maximum;
use crate::experiment::spec_file::Scale;
use crate::report::figures::axes::{Axes, Key, KeyKind, SMALL, TITLE, Ticks, keys};
use crate::report::figures::drawing::{Anchor, Drawing};
use crate::report::figures::palette::{INK, MUTED, SERIES};
use crate::report::figures::{Figure, PAGE};

/// All of them, two a corpus; none where nothing was made.
pub fn of(study: &Study) -> Vec<Figure> {
    (0..study.corpora.len()).flat_map(|corpus| [expected_best(study, corpus), marginals(study, corpus)]).flatten().collect()
}

fn name(study: &Study, stem: &str, corpus: usize) -> String {
    let name = &study.name;
    if study.corpora.len() > 1 { format!("{name}-{stem}-{}", study.corpora[corpus]) } else { format!("{name}-{stem}") }
}

/// Title and keys of the sides; gives the y below them.
fn head(drawing: &mut Drawing, study: &Study, title: &str, kind: fn(usize) -> KeyKind) -> f64 {
    drawing.bold((6.0, 15.0), title, TITLE, INK, Anchor::Start);
    let series: Vec<Key> =
        study.sides.iter().enumerate().map(|(side, text)| Key { text, color: SERIES[side % SERIES.len()].0, kind: kind(side) }).collect();
    keys(drawing, (6.0, 22.0), PAGE - 6.0, &series)
}

/// One panel a score, one line a side with a band of one standard deviation.
fn expected_best(study: &Study, corpus: usize) -> Option<Figure> {
    let sides = study.sides.len();
    let curves: Vec<Vec<Vec<(f64, f64, f64)>>> = Measure::ALL
        .iter()
        .map(|measure| {
            let curve = |side| {
                let scores = study.scores(corpus, side, *measure);
                let best = |n| expected_maximum(&scores, n).map(|best| (n as f64, best.mean, best.deviation));
                (1..=scores.len()).filter_map(best).collect()
            };
            (0..sides).map(curve).collect()
        })
        .collect();
    let most = curves.iter().flatten().map(Vec::len).max().filter(|n| *n > 0)?;
    let title = format!("Expected best of n trials on {} (dev)", study.corpora[corpus]);
    let mut drawing = Drawing::new(PAGE, 0.0);
    let below = head(&mut drawing, study, &title, |side| KeyKind::Line(SERIES[side % SERIES.len()].1));
    let (left, gap, tall) = (40.0, 44.0, 170.0);
    let each = (PAGE - left - 12.0 - gap * 2.0) / 3.0;
    let top = below + SMALL + 14.0;
    drawing.height = top + tall + 34.0;
    for (i, (measure, curves)) in Measure::ALL.iter().zip(&curves).enumerate() {
        let values = || curves.iter().flatten().flat_map(|(_, mean, deviation)| [mean - deviation, mean + deviation]);
        let (low, high) = (values().fold(1.0, f64::min), values().fold(0.0, f64::max));
        let ticks = Ticks::over((low, high.max(low + 0.01)), 5);
        let from = left + (each + gap) * i as f64;
        let x = (1.0, (most as f64).max(2.0));
        let axes = Axes { left: from, right: from + each, top, bottom: top + tall, x, y: ticks.widen_share((low, high.max(low + 0.01))) };
        axes.panel_title(&mut drawing, measure.title());
        axes.y_grid(&mut drawing, &ticks, true);
        axes.base_line(&mut drawing);
        axes.x_ticks(&mut drawing, &Ticks::whole(x, 6), true);
        for (side, curve) in curves.iter().enumerate() {
            let (color, mark) = SERIES[side % SERIES.len()];
            let upper = curve.iter().map(|(n, mean, deviation)| axes.at(*n, mean + deviation));
            let lower = curve.iter().rev().map(|(n, mean, deviation)| axes.at(*n, mean - deviation));
            drawing.polygon(upper.chain(lower).collect(), color.alpha(0.14));
            let line: Vec<(f64, f64)> = curve.iter().map(|(n, mean, _)| axes.at(*n, *mean)).collect();
            drawing.line(line.clone(), color, 1.6);
            let every = line.len().div_ceil(8).max(1);
            line.iter().rev().step_by(every).for_each(|point| drawing.mark(*point, mark, 2.6, color));
        }
        drawing.text((axes.right, axes.bottom + 28.0), "trials", SMALL, MUTED, Anchor::End);
    }
    Some(Figure {
        name: name(study, "expected-best", corpus),
        description: format!(
            "Expected best dev F1 of up to {most} trials drawn from those of a random search, for {}: the mean over draws, with a band of one \
             standard deviation.",
            study.sides.join(", ")
        ),
        title,
        drawing,
    })
}

/// One small panel a key: the mean of both dev F1 of each trial against the key's value.
fn marginals(study: &Study, corpus: usize) -> Option<Figure> {
    let scores: Vec<f64> = (0..study.sides.len()).flat_map(|side| study.scores(corpus, side, Measure::Mean)).collect();
    let (low, high) = (scores.iter().copied().fold(1.0, f64::min), scores.iter().copied().fold(0.0, f64::max));
    if scores.is_empty() {
        return None;
    }
    let ticks = Ticks::over((low, high.max(low + 0.01)), 5);
    let y = ticks.widen_share((low, high.max(low + 0.01)));
    let title = format!("Dev score by the value of each key on {}", study.corpora[corpus]);
    let mut drawing = Drawing::new(PAGE, 0.0);
    let below = head(&mut drawing, study, &title, |side| KeyKind::Mark(SERIES[side % SERIES.len()].1));
    drawing.text((6.0, below + SMALL), "mean of both F1 on dev", SMALL, MUTED, Anchor::Start);
    let across = study.keys.len().clamp(1, 4);
    let (left, gap, tall) = (36.0, 16.0, 96.0);
    let each = (PAGE - left - 12.0 - gap * (across - 1) as f64) / across as f64;
    let top = below + SMALL + 26.0;
    let pitch = tall + 44.0;
    drawing.height = top + pitch * study.keys.len().div_ceil(across) as f64 - 8.0;
    for (i, (key, title)) in study.keys.iter().zip(key_titles(study)).enumerate() {
        let (column, row) = (i % across, i / across);
        let axes_left = left + (each + gap) * column as f64;
        let axes_top = top + pitch * row as f64;
        let scale = KeyScale::of(study, key);
        let axes = Axes { left: axes_left, right: axes_left + each, top: axes_top, bottom: axes_top + tall, x: scale.range(), y };
        axes.panel_title(&mut drawing, &title);
        axes.y_grid(&mut drawing, &ticks, column == 0);
        axes.base_line(&mut drawing);
        scale.ticks(&axes, &mut drawing);
        for setting in &study.settings {
            let Some(x) = setting.value(&key.path).and_then(|value| scale.at(value)) else { continue };
            for side in 0..study.sides.len() {
                let Some(score) = setting.score(corpus, side, Measure::Mean) else { continue };
                let (color, mark) = SERIES[side % SERIES.len()];
                // Sides of one setting stand beside each other.
                let aside = (side as f64 - (study.sides.len() - 1) as f64 / 2.0) * 2.4;
                let (at_x, at_y) = axes.at(x, score);
                drawing.mark((at_x + aside, at_y), mark, 2.2, color.alpha(0.8));
            }
        }
    }
    let made = pairs(study).filter(|(of, _)| *of == corpus).map(|(of, side)| study.scores(of, side, Measure::Mean).len()).sum::<usize>();
    Some(Figure {
        name: name(study, "keys", corpus),
        description: format!(
            "The mean of recognition's and normalization's F1 on dev for {made} trials of a random search, against the value of each key that \
             was drawn: {}.",
            study.keys.iter().map(|key| key.path.as_str()).collect::<Vec<_>>().join(", ")
        ),
        title,
        drawing,
    })
}

/// Where the values of a key stand on its axis.
enum KeyScale {
    Linear((f64, f64)),
    /// Base-ten logarithms.
    Logarithmic((f64, f64)),
    /// One place a value.
    Listed(Vec<String>),
}

impl KeyScale {
    fn of(study: &Study, key: &PlannedKey) -> Self {
        let mut values: Vec<String> = study.settings.iter().filter_map(|setting| setting.value(&key.path).map(str::to_owned)).collect();
        values.sort();
        values.dedup();
        let numbers: Option<Vec<f64>> = values.iter().map(|value| value.parse().ok()).collect();
        let range = |of: fn(f64) -> f64| {
            let numbers = numbers.iter().flatten().map(|x| of(*x));
            let (low, high) = (numbers.clone().fold(f64::MAX, f64::min), numbers.fold(f64::MIN, f64::max));
            let margin = ((high - low) * 0.06).max(1e-9);
            (low - margin, high + margin)
        };
        match (key.scale, &numbers) {
            (Scale::Linear, Some(found)) if !found.is_empty() => Self::Linear(range(|x| x)),
            (Scale::Logarithmic, Some(found)) if found.iter().all(|x| *x > 0.0) && !found.is_empty() => {
                Self::Logarithmic(range(libm::log10))
            }
            (_, numbers) => {
                if let Some(mut numbers) = numbers.as_ref().map(|found| found.iter().copied().zip(values.clone()).collect::<Vec<_>>()) {
                    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
                    values = numbers.into_iter().map(|(_, text)| text).collect();
                }
                Self::Listed(values)
            }
        }
    }

    fn range(&self) -> (f64, f64) {
        match self {
            Self::Linear(range) | Self::Logarithmic(range) => *range,
            Self::Listed(values) => (-0.5, values.len().max(1) as f64 - 0.5),
        }
    }

    fn at(&self, value: &str) -> Option<f64> {
        match self {
            Self::Linear(_) => value.parse().ok(),
            Self::Logarithmic(_) => value.parse().ok().map(libm::log10),
            Self::Listed(values) => values.iter().position(|known| known == value).map(|place| place as f64),
        }
    }

    fn ticks(&self, axes: &Axes, drawing: &mut Drawing) {
        let mut tick = |x: f64, label: &str| {
            let at = axes.at_x(x);
            drawing.line(vec![(at, axes.bottom), (at, axes.bottom + 3.0)], MUTED, 0.8);
            drawing.text((at, axes.bottom + 4.0 + SMALL), label, SMALL, MUTED, Anchor::Middle);
        };
        match self {
            Self::Linear(range) => {
                let ticks = Ticks::over(*range, 4);
                ticks.values(*range).into_iter().for_each(|value| tick(value, &ticks.label(value)));
            }
            Self::Logarithmic((low, high)) => {
                // Over more than a decade only its powers fit.
                let digits: &[f64] = if high - low > 1.25 { &[1.0] } else { &[1.0, 2.0, 5.0] };
                for power in -12..=12 {
                    for digit in digits {
                        let value = digit * libm::pow(10.0, f64::from(power));
                        let x = libm::log10(value);
                        if (*low..=*high).contains(&x) {
                            tick(x, &format!("{value:.*}", usize::try_from(-power).unwrap_or(0)));
                        }
                    }
                }
            }
            Self::Listed(values) => values.iter().enumerate().for_each(|(place, value)| tick(place as f64, value)),
        }
    }
}
