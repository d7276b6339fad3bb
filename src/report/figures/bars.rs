//! Horizontal bars: Table 2 with its intervals and ceilings, and the speed of training.

use super::axes::{Axes, Key, KeyKind, SMALL, TITLE, Ticks, keys};
use super::drawing::{Anchor, Drawing};
use super::paint::text_width;
use super::palette::{BLUE, Color, INK, MUTED, VERMILLION};
use super::{Figure, PAGE};
use crate::report::cells::{Cell, Results};
use crate::report::measurement::{Measurement, processor_speed};
use crate::report::system::{FRAMEWORKS, Network, PaperCorpus, Row, System, Vectors, framework_name};
use crate::run::spec::Task;

/// Light on both grounds of the page; its text stays dark on either.
const PAPER_BAR: Color = Color::new(0xbd, 0xbd, 0xbd);
const DARK: Color = Color::new(0x11, 0x11, 0x11);
const WHITE: Color = Color::new(0xff, 0xff, 0xff);
const BAR: f64 = 9.5;

/// Table 2 of one corpus: for each system the paper's bar over ours. Bars start at 0 and carry their figures.
pub(in crate::report) fn table2(cells: &[Cell], corpus: PaperCorpus) -> Figure {
    let of: Vec<&Cell> = cells.iter().filter(|c| c.table == 2 && c.corpus == corpus && (c.paper.is_some() || c.ours.is_some())).collect();
    let mut rows: Vec<(&str, String)> = Vec::new();
    for cell in &of {
        let row = (cell.group.as_str(), cell.label());
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let systems = rows.len();
    let groups = rows.chunk_by(|a, b| a.0 == b.0).count();
    let title = format!("Table 2 on {}: F1 on test", corpus.title());
    let mut drawing = Drawing::new(PAGE, 0.0);
    drawing.bold((6.0, 15.0), title.as_str(), TITLE, INK, Anchor::Start);
    let below = keys(
        &mut drawing,
        (6.0, 22.0),
        PAGE - 6.0,
        &[
            Key { text: "paper", color: PAPER_BAR, kind: KeyKind::Bar },
            Key { text: "ours, median of seeds, with 95 % interval", color: BLUE, kind: KeyKind::Bar },
            Key { text: "ceiling of concepts seen in training", color: VERMILLION, kind: KeyKind::Dashes },
        ],
    );
    let pitch = 2.0 * BAR + 5.0;
    let height = rows.len() as f64 * pitch + groups as f64 * 17.0;
    let (left, gap, top) = (140.0, 22.0, below + 18.0);
    let each = (PAGE - left - 14.0 - gap) / 2.0;
    drawing.height = top + height + 24.0;
    let ticks = Ticks::over((0.0, 1.0), 5);
    let panels = Task::ALL.map(|task| {
        let from = left + (each + gap) * f64::from(u8::from(task == Task::Men));
        Axes { left: from, right: from + each, top, bottom: top + height, x: (0.0, 1.0), y: (0.0, 1.0) }
    });
    for (axes, task) in panels.iter().zip(Task::ALL) {
        axes.panel_title(&mut drawing, task.title());
        axes.x_grid(&mut drawing, &ticks);
    }
    let mut y = top;
    let mut group = "";
    for (of_group, name) in rows {
        if of_group != group {
            let heading = if of_group == "previous" { "previous systems" } else { of_group };
            drawing.bold((6.0, y + 13.0), heading, SMALL, INK, Anchor::Start);
            group = of_group;
            y += 17.0;
        }
        drawing.text((left - 6.0, y + BAR + 0.35 * SMALL), name.replace(" Model", ""), SMALL, INK, Anchor::End);
        for (axes, task) in panels.iter().zip(Task::ALL) {
            let Some(cell) = of.iter().find(|c| c.group == of_group && c.label() == name && c.task == Some(task)) else { continue };
            if let Some(paper) = cell.paper {
                bar(&mut drawing, axes, y, paper, PAPER_BAR, DARK);
            }
            match (&cell.ours, cell.interval) {
                (Some(ours), interval) => {
                    bar(&mut drawing, axes, y + BAR, ours.median, BLUE, WHITE);
                    if let Some((low, high)) = interval {
                        whisker(&mut drawing, (axes.at_x(low), axes.at_x(high)), y + 1.5 * BAR);
                    }
                }
                (None, _) => {
                    let why: String = cell.reason.as_deref().unwrap_or("not run").chars().take(44).collect();
                    drawing.text((axes.left + 3.0, y + BAR + 0.88 * BAR), why, SMALL - 1.0, MUTED, Anchor::Start);
                }
            }
        }
        y += pitch;
    }
    let ceiling = of.iter().find_map(|c| c.ceiling);
    if let Some(ceiling) = ceiling {
        let x = panels[1].at_x(ceiling);
        drawing.dashed(&[(x, top), (x, top + height)], VERMILLION, 1.2, (3.0, 2.0));
    }
    Figure {
        name: format!("table2-{}", corpus.key()),
        description: format!(
            "Bars for {} systems, the paper's F1 over ours, for recognition and normalization{}.",
            systems,
            ceiling.map_or_else(String::new, |c| format!("; concepts seen in training allow an F1 of {c:.4} at most"))
        ),
        title,
        drawing,
    }
}

fn bar(drawing: &mut Drawing, axes: &Axes, y: f64, value: f64, color: Color, ink: Color) {
    drawing.rectangle((axes.left, y), (axes.at_x(value), y + BAR), color);
    drawing.text((axes.left + 3.0, y + 0.86 * BAR), format!("{value:.4}"), SMALL - 1.0, ink, Anchor::Start);
}

fn whisker(drawing: &mut Drawing, (low, high): (f64, f64), y: f64) {
    drawing.line(vec![(low, y), (high, y)], INK, 1.0);
    for x in [low, high] {
        drawing.line(vec![(x, y - 2.5), (x, y + 2.5)], INK, 1.0);
    }
}

/// Tokens a second in training, for every framework with the headline network.
pub(in crate::report) fn speed(results: &Results) -> Option<Figure> {
    let mut rows: Vec<(String, PaperCorpus, Measurement)> = Vec::new();
    for network in Network::PAPER {
        for framework in FRAMEWORKS {
            let system = System { framework, network };
            for corpus in PaperCorpus::ALL {
                let runs = results.runs(Row { system, vectors: Vectors::Word2vec, dropout: true, corpus });
                let speed = Measurement::over(runs, processor_speed);
                rows.extend(speed.map(|m| (format!("{} {}", framework_name(framework), network.name()), corpus, m)));
            }
        }
    }
    let fastest = rows.iter().map(|r| r.2.max).fold(0.0, f64::max);
    if rows.is_empty() || fastest <= 0.0 {
        return None;
    }
    let mut names: Vec<&str> = rows.iter().map(|r| r.0.as_str()).collect();
    names.dedup();
    let name_width = names.iter().map(|n| text_width(n, SMALL)).fold(0.0, f64::max);
    let mut drawing = Drawing::new(PAGE, 0.0);
    drawing.bold((6.0, 15.0), "Speed of training (tokens per second of processor time, median of runs)", TITLE, INK, Anchor::Start);
    let below = keys(
        &mut drawing,
        (6.0, 22.0),
        PAGE - 6.0,
        &[Key { text: "NCBI", color: BLUE, kind: KeyKind::Bar }, Key { text: "BC5CDR", color: PAPER_BAR, kind: KeyKind::Bar }],
    );
    let pitch = 2.0 * BAR + 4.0;
    let ticks = Ticks::over((0.0, fastest), 6);
    let axes = Axes {
        left: name_width + 14.0,
        right: PAGE - 20.0,
        top: below + 4.0,
        bottom: below + 4.0 + pitch * names.len() as f64,
        x: ticks.widen((0.0, fastest)),
        y: (0.0, 1.0),
    };
    drawing.height = axes.bottom + 24.0;
    axes.x_grid(&mut drawing, &ticks);
    for (i, name) in names.iter().enumerate() {
        let y = axes.top + pitch * i as f64;
        drawing.text((axes.left - 6.0, y + BAR + 0.35 * SMALL), *name, SMALL, INK, Anchor::End);
        for (row, (color, ink)) in PaperCorpus::ALL
            .into_iter()
            .zip([(BLUE, WHITE), (PAPER_BAR, DARK)])
            .filter_map(|(corpus, look)| Some((rows.iter().find(|r| r.0 == *name && r.1 == corpus)?, look)))
        {
            let y = y + if row.1 == PaperCorpus::Ncbi { 0.0 } else { BAR };
            drawing.rectangle((axes.left, y), (axes.at_x(row.2.median), y + BAR), color);
            drawing.text((axes.left + 3.0, y + 0.86 * BAR), format!("{:.0}", row.2.median), SMALL - 1.0, ink, Anchor::Start);
        }
    }
    Some(Figure {
        name: "speed".to_owned(),
        title: "Speed of training".to_owned(),
        description: format!(
            "Tokens a second of processor time in training for {} systems on two corpora; the fastest run made {fastest:.0}.",
            names.len()
        ),
        drawing,
    })
}
