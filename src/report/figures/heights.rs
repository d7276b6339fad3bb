//! How high normalization goes on test, and what no setting reaches: the best of all trials beside the memorizer, the tagger without an error,
//! the ceiling and the paper.

use super::axes::{Axes, SMALL, TITLE, Ticks};
use super::drawing::{Anchor, Drawing};
use super::palette::{BLUE, Color, GREEN, INK, MUTED, ORANGE, SKY, VERMILLION};
use super::{Figure, PAGE, paint};
use crate::report::cells::{Cell, Results, best_of_paper};
use crate::report::measurement::concept_ceiling;
use crate::report::system::{Network, PaperCorpus, System};
use crate::run::record::RunRecord;
use crate::run::spec::{DataSplit, Framework, Task, TrainOn};

/// A bar: what it is, its F1.
type Bar = (&'static str, f64, Color);

/// One panel per corpus; `None` where no run was scored.
pub(in crate::report) fn normalization(results: &Results, cells: &[Cell]) -> Option<Figure> {
    let panels: Vec<(PaperCorpus, Vec<Bar>)> =
        PaperCorpus::ALL.into_iter().map(|corpus| (corpus, bars(results, cells, corpus))).filter(|(_, bars)| bars.len() > 1).collect();
    if panels.is_empty() {
        return None;
    }
    let title = "How high normalization goes";
    let mut drawing = Drawing::new(PAGE, 0.0);
    drawing.bold((6.0, 15.0), title, TITLE, INK, Anchor::Start);
    let names = panels.iter().flat_map(|(_, bars)| bars.iter().map(|bar| paint::text_width(bar.0, SMALL)));
    let left = names.fold(0.0, f64::max) + 14.0;
    let gap = 24.0;
    let each = (PAGE - left - 44.0 - gap * (panels.len() - 1) as f64) / panels.len() as f64;
    let pitch = 17.0;
    let rows = panels.iter().map(|(_, bars)| bars.len()).max().unwrap_or(0);
    let top = 44.0;
    let bottom = top + pitch * rows as f64;
    drawing.height = bottom + 26.0;
    let ticks = Ticks::over((0.0, 1.0), 5);
    for (i, (corpus, bars)) in panels.iter().enumerate() {
        let from = left + (each + gap) * i as f64;
        let axes = Axes { left: from, right: from + each, top, bottom, x: (0.0, 1.0), y: (0.0, 1.0) };
        axes.panel_title(&mut drawing, &format!("{}: concepts, F1 on test", corpus.title()));
        axes.x_grid(&mut drawing, &ticks);
        for (row, (name, f1, color)) in bars.iter().enumerate() {
            let y = top + pitch * (row as f64 + 0.5);
            drawing.rectangle((axes.left, y - 5.0), (axes.at_x(*f1), y + 5.0), *color);
            drawing.text((axes.at_x(*f1) + 3.0, y + 0.35 * SMALL), format!("{f1:.3}"), SMALL, INK, Anchor::Start);
            if i == 0 {
                drawing.text((left - 6.0, y + 0.35 * SMALL), *name, SMALL, INK, Anchor::End);
            }
        }
    }
    Some(Figure {
        name: "normalization-heights".to_owned(),
        title: title.to_owned(),
        description:
            "F1 of concepts on the official test sets: the paper's best, what the concepts of training allow, a look-up of training's \
             strings over gold spans, the trial that is best of all on dev, and both feedbacks in the setting of the tables."
                .to_owned(),
        drawing,
    })
}

fn bars(results: &Results, cells: &[Cell], corpus: PaperCorpus) -> Vec<Bar> {
    let of_corpus = |run: &&RunRecord| PaperCorpus::of(&run.result.spec.data.corpus) == Some(corpus);
    let official = |run: &&RunRecord| run.result.spec.data.split == DataSplit::Official && run.result.spec.data.train_on == TrainOn::Train;
    let all = || results.main.iter().map(|(_, run)| *run).chain(results.other.iter().copied());
    let ceilings = all().filter(of_corpus).filter(official).find_map(|run| run.result.test_ceilings.as_ref());
    let best = results.best_trial(corpus).and_then(|run| run.result.test.as_ref()).map(|test| test.concept.kit.f1());
    let headline = System { framework: Framework::MtlBothFeedback, network: Network::BilstmCnnsCrf };
    let ours = cells
        .iter()
        .find(|cell| cell.table == 2 && cell.system == Some(headline) && cell.corpus == corpus && cell.task == Some(Task::Men))
        .and_then(|cell| cell.ours.as_ref());
    let bars = [
        ("ceiling: concepts of training", ceilings.map(concept_ceiling), SKY),
        ("a tagger without an error", ceilings.map(|ceilings| ceilings.oracle_tagger.f1()), GREEN),
        ("the paper's best", best_of_paper(cells, corpus), MUTED),
        ("look-up over gold spans", ceilings.map(|ceilings| ceilings.memorizer.f1()), ORANGE),
        ("the best of all trials, by dev", best, BLUE),
        ("both feedbacks, setting of the tables", ours.map(|ours| ours.median), VERMILLION),
    ];
    bars.into_iter().filter_map(|(name, f1, color)| Some((name, f1?, color))).collect()
}
