//! A search's outcome as YAML, to paste or to run.

use super::study::{Measure, Setting, Study};
use std::fmt::Write;

/// The best setting as the `defaults` of an experiment file: the highest mean over sides and corpora of both dev F1, so that no side is
/// favoured; the best of each side in comments. `None` while no setting was made by every side on every corpus.
pub fn best_setting(study: &Study) -> Option<String> {
    let best = *study.ranked().first()?;
    let score = best.overall(Measure::Mean)?;
    let mut text = String::new();
    let complete = study.settings.iter().filter(|setting| setting.overall(Measure::Mean).is_some()).count();
    let _ = writeln!(
        text,
        "# {}: setting {} of {complete}, the best by the mean dev F1 of recognition and normalization\n# over {} on {}: {score:.4}.",
        study.title,
        best.number,
        study.sides.join(", "),
        study.corpora.join(", ")
    );
    for (corpus, name) in study.corpora.iter().enumerate() {
        for (side, title) in study.sides.iter().enumerate() {
            if let Some(own) = ranked_for(study, corpus, side).first() {
                let scores = [Measure::Mention, Measure::Concept].map(|measure| own.score(corpus, side, measure).unwrap_or_default());
                let _ = writeln!(text, "# {title} on {name} alone: setting {} ({:.4} and {:.4}).", own.number, scores[0], scores[1]);
            }
        }
    }
    text += "defaults:\n";
    for key in &study.keys {
        if let Some(value) = best.value(&key.path) {
            let _ = writeln!(text, "  {}: {value}", key.path);
        }
    }
    Some(text)
}

/// The settings that a side made on a corpus, the best first.
pub fn ranked_for(study: &Study, corpus: usize, side: usize) -> Vec<&Setting> {
    let mut settings: Vec<(f64, &Setting)> =
        study.settings.iter().filter_map(|setting| Some((setting.score(corpus, side, Measure::Mean)?, setting))).collect();
    settings.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.number.cmp(&b.1.number)));
    settings.into_iter().map(|(_, setting)| setting).collect()
}

/// An experiment file that makes, with every side, the settings that are among the `top` best of any side on the first corpus: the
/// second stage of a search, on another corpus for one. `from` is the file of the first stage, which the new one extends.
pub fn next_experiment(study: &Study, name: &str, from: &str, top: usize, corpus: Option<&str>) -> Option<String> {
    let mut chosen: Vec<&Setting> = Vec::new();
    for side in 0..study.sides.len() {
        for setting in ranked_for(study, 0, side).into_iter().take(top) {
            if !chosen.iter().any(|known| known.number == setting.number) {
                chosen.push(setting);
            }
        }
    }
    chosen.sort_by_key(|setting| setting.number);
    if chosen.is_empty() {
        return None;
    }
    let numbers: Vec<String> = chosen.iter().map(|setting| setting.number.to_string()).collect();
    let mut text = format!(
        "# Written by `mermen search {from} --top {top}`: the settings that are among the {top} best of a side on {}, by dev (numbers {}).\n\
         name: {name}\ntitle: \"{}: the best settings again\"\nextends: {from}\n\n",
        study.corpora[0],
        numbers.join(", "),
        study.title.replace('"', "'")
    );
    if let Some(corpus) = corpus {
        let _ = writeln!(text, "defaults:\n  data: {{corpus: {corpus}}}\n");
    }
    let _ = writeln!(text, "search:\n  settings:");
    for setting in &chosen {
        let values = study.keys.iter().filter_map(|key| Some(format!("{}: {}", key.path, setting.value(&key.path)?)));
        let _ = writeln!(text, "    - {{{}}}", values.collect::<Vec<_>>().join(", "));
    }
    Some(text)
}
