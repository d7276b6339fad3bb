//! Tables of a search.

use super::study::{Measure, Outcome, Setting, Study};
use crate::evaluate::expected_maximum;
use crate::report::tables::{Column, Entry, Line, Notes, Panel, Table, figure};

/// One row per setting: what was drawn, and the dev scores of each side, the best setting first.
pub fn trials(study: &Study) -> Table {
    let mut notes = Notes::default();
    let columns: Vec<(usize, usize)> = pairs(study).collect();
    let best: Vec<Option<f64>> = columns.iter().map(|(corpus, side)| highest(&study.scores(*corpus, *side, Measure::Mean))).collect();
    let overall: Vec<f64> = study.settings.iter().filter_map(|setting| setting.overall(Measure::Mean)).collect();
    let best_overall = highest(&overall);
    let lines = study
        .ranked()
        .into_iter()
        .map(|setting| {
            let mut row = vec![Entry::new(setting.number.to_string())];
            row.push(match setting.overall(Measure::Mean) {
                Some(score) => Entry::new(figure(score)).best(best_overall == Some(score)),
                None => Entry::none(),
            });
            row.extend(study.keys.iter().map(|key| setting.value(&key.path).map_or_else(Entry::none, Entry::new)));
            for ((corpus, side), best) in columns.iter().zip(&best) {
                row.extend(scores_of(setting, *corpus, *side, *best, &mut notes));
            }
            Line::Row(row)
        })
        .collect();
    let mut panels = key_panels(study);
    panels.extend(
        columns.iter().map(|(corpus, side)| {
            Panel::new(pair_title(study, *corpus, *side), ["MER", "MEN", "mean", "epochs"].map(Column::right).into())
        }),
    );
    let made = columns.iter().map(|(corpus, side)| study.scores(*corpus, *side, Measure::Mean).len()).min().unwrap_or(0);
    Table {
        name: format!("{}-trials", study.name),
        label: String::new(),
        caption: format!("{}: trials on dev, {made} of {} settings made by every side", study.title, study.settings.len()),
        stub: vec![Column::right("no."), Column::right("mean")],
        panels,
        lines,
        notes: notes.finish([
            "MER, MEN: F1 on the dev split as the BioCreative V CDR kit counts (mentions of MER; concepts of MEN); mean: of the two, by which \
             epochs and settings are chosen, in the second column over all sides and corpora. Epochs: made until the run ended. Bold or *: best."
                .to_owned(),
        ]),
        runs: study.runs(),
    }
}

/// The columns of the keys, in panels that fit a terminal beside the stub.
fn key_panels(study: &Study) -> Vec<Panel> {
    const WIDEST: usize = 56;
    let mut panels: Vec<Panel> = Vec::new();
    let mut used = 0;
    for (key, title) in study.keys.iter().zip(key_titles(study)) {
        let values = study.settings.iter().filter_map(|setting| setting.value(&key.path));
        let width = 2 + values.map(|value| value.chars().count()).fold(title.chars().count(), usize::max);
        match panels.last_mut() {
            Some(panel) if used + width <= WIDEST => {
                panel.columns.push(Column::right(title));
                used += width;
            }
            last => {
                let name = if last.is_some() { "setting, further keys" } else { "setting" };
                panels.push(Panel::new(name, vec![Column::right(title)]));
                used = width;
            }
        }
    }
    panels
}

fn scores_of(setting: &Setting, corpus: usize, side: usize, best: Option<f64>, notes: &mut Notes) -> Vec<Entry> {
    let trials = &setting.trials[corpus][side];
    let failed = trials.iter().find_map(|trial| match &trial.outcome {
        Outcome::Failed { why, .. } => Some(format!("failed: {why}")),
        _ => None,
    });
    let mean = setting.score(corpus, side, Measure::Mean);
    match (failed, mean) {
        (Some(why), _) => vec![notes.reason(&why, 4)],
        (None, None) => vec![notes.reason("not run", 4)],
        (None, Some(mean)) => {
            let epochs = trials.iter().filter_map(|trial| match &trial.outcome {
                Outcome::Done { epochs, .. } => Some(*epochs),
                _ => None,
            });
            let score = |measure| setting.score(corpus, side, measure).map_or_else(Entry::none, |score| Entry::new(figure(score)));
            vec![
                score(Measure::Mention),
                score(Measure::Concept),
                Entry::new(figure(mean)).best(best == Some(mean)),
                Entry::new(epochs.max().unwrap_or(0).to_string()),
            ]
        }
    }
}

/// The expected best dev score by the number of trials, with its standard deviation, for each side.
pub fn expected_best(study: &Study) -> Table {
    let columns: Vec<(usize, usize)> = pairs(study).collect();
    let most = columns.iter().map(|(corpus, side)| study.scores(*corpus, *side, Measure::Mean).len()).max().unwrap_or(0);
    let lines = rows(most)
        .into_iter()
        .map(|n| {
            let mut row = vec![Entry::new(n.to_string())];
            for (corpus, side) in &columns {
                for measure in Measure::ALL {
                    let scores = study.scores(*corpus, *side, measure);
                    let found = expected_maximum(&scores, n).filter(|_| n <= scores.len());
                    row.push(found.map_or_else(Entry::none, |best| Entry::new(format!("{:.4} ± {:.4}", best.mean, best.deviation))));
                }
            }
            Line::Row(row)
        })
        .collect();
    let panels = columns.iter().map(|(corpus, side)| {
        let titles = Measure::ALL.map(|measure| match measure {
            Measure::Mention => "MER",
            Measure::Concept => "MEN",
            Measure::Mean => "mean",
        });
        Panel::new(pair_title(study, *corpus, *side), titles.map(Column::right).into())
    });
    Table {
        name: format!("{}-expected-best", study.name),
        label: String::new(),
        caption: format!("{}: expected best dev F1 by the number of trials", study.title),
        stub: vec![Column::right("trials")],
        panels: panels.collect(),
        lines,
        notes: vec![
            "Exact mean ± standard deviation of the best of so many draws, with replacement, from the trials that were made (Dodge et al., \
             EMNLP 2019). A trial that failed counts as 0."
                .to_owned(),
        ],
        runs: study.runs(),
    }
}

/// Numbers of trials that have a row: all of the first ones, then ever wider steps, and the last.
fn rows(most: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (1..=most).filter(|n| *n <= 4 || (*n <= 16 && n % 2 == 0) || n % 8 == 0).collect();
    if rows.last() != Some(&most) && most > 0 {
        rows.push(most);
    }
    rows
}

/// Every corpus with every side.
pub fn pairs(study: &Study) -> impl Iterator<Item = (usize, usize)> + use<> {
    let sides = study.sides.len();
    (0..study.corpora.len()).flat_map(move |corpus| (0..sides).map(move |side| (corpus, side)))
}

fn pair_title(study: &Study, corpus: usize, side: usize) -> String {
    let side = study.sides[side].clone();
    if study.corpora.len() > 1 { format!("{side}, {}", study.corpora[corpus]) } else { side }
}

/// The last part of each key's path, or the whole path where two would read alike.
pub fn key_titles(study: &Study) -> Vec<String> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
    let is_alone = |title: &str| study.keys.iter().filter(|key| last(&key.path) == title).count() == 1;
    study.keys.iter().map(|key| Some(last(&key.path)).filter(|title| is_alone(title)).unwrap_or_else(|| key.path.clone())).collect()
}

fn highest(scores: &[f64]) -> Option<f64> {
    scores.iter().copied().max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rows_of_a_long_search_are_few_and_end_with_its_last_trial() {
        assert_eq!(super::rows(3), [1, 2, 3]);
        assert_eq!(super::rows(16), [1, 2, 3, 4, 6, 8, 10, 12, 14, 16]);
        assert_eq!(super::rows(30), [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 24, 30]);
        assert!(super::rows(0).is_empty());
    }
}
