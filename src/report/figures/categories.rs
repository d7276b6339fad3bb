//! Panels with categories along x and one mark a series: dropout, embeddings, boundary inconsistency, OOV subsets.

use super::axes::{Axes, Key, KeyKind, SMALL, TITLE, Ticks, keys};
use super::drawing::{Anchor, Drawing};
use super::palette::{BLUE, Color, GREEN, INK, MUTED, Mark, ORANGE, VERMILLION};
use super::{COLUMN, Figure, PAGE};
use crate::report::cells::{ANALYSED, Cell, SUBSETS, corpora_and_tasks, subset_name};
use crate::report::system::{PaperCorpus, Vectors, framework_name};
use crate::run::spec::Task;

struct Series<'a> {
    name: &'a str,
    color: Color,
    mark: Mark,
    /// A line joins the categories, where these have an order.
    joined: bool,
}

/// A value and its interval.
type Point = (f64, Option<(f64, f64)>);

struct Panel<'a> {
    title: String,
    /// By series, then category.
    points: Vec<Vec<Option<Point>>>,
    categories: Vec<&'a str>,
}

struct Plot<'a> {
    name: &'a str,
    title: &'a str,
    axis: &'a str,
    series: Vec<Series<'a>>,
    panels: Vec<Panel<'a>>,
    description: String,
    /// Panels side by side, and the figure's width.
    across: usize,
    width: f64,
    from_zero: bool,
}

const PAPER: Series = Series { name: "paper", color: MUTED, mark: Mark::Ring, joined: true };
const OURS: Series = Series { name: "ours, with 95 % interval", color: BLUE, mark: Mark::Disc, joined: true };

fn paper_point(cell: Option<&&Cell>) -> Option<Point> {
    Some((cell?.paper?, None))
}

fn our_point(cell: Option<&&Cell>) -> Option<Point> {
    let cell = cell?;
    let ours = cell.ours.as_ref()?;
    let spread = (ours.n > 1).then_some((ours.min, ours.max));
    Some((ours.median, cell.interval.or(spread)))
}

/// Table 3.
pub(in crate::report) fn dropout(cells: &[Cell]) -> Figure {
    let panels = corpora_and_tasks()
        .map(|(corpus, task)| {
            let find =
                |name: &&str| cells.iter().filter(|c| c.table == 3 && c.corpus == corpus && c.task == Some(task)).find(|c| c.name == *name);
            let categories = vec!["no", "yes"];
            let points = vec![
                categories.iter().map(|n| paper_point(find(n).as_ref())).collect(),
                categories.iter().map(|n| our_point(find(n).as_ref())).collect(),
            ];
            Panel { title: format!("{} {}", corpus.title(), short(task)), points, categories }
        })
        .collect();
    Plot {
        name: "dropout",
        title: "Without and with dropout",
        axis: "F1 on test",
        series: vec![PAPER, OURS],
        panels,
        description: "F1 without and with dropout for both corpora and tasks, the paper's and ours.".to_owned(),
        across: 4,
        width: PAGE,
        from_zero: false,
    }
    .figure()
}

/// Table 4.
pub(in crate::report) fn embeddings(cells: &[Cell]) -> Figure {
    let panels = corpora_and_tasks()
        .map(|(corpus, task)| {
            let find = |v: &Vectors| {
                cells.iter().filter(|c| c.table == 4 && c.corpus == corpus && c.task == Some(task)).find(|c| c.vectors == Some(*v))
            };
            let points = vec![
                Vectors::ALL.iter().map(|v| paper_point(find(v).as_ref())).collect(),
                Vectors::ALL.iter().map(|v| our_point(find(v).as_ref())).collect(),
            ];
            Panel { title: format!("{} {}", corpus.title(), short(task)), points, categories: vec!["random", "Senna", "GloVe", "w2v"] }
        })
        .collect();
    let stand_in = cells.iter().any(|c| c.table == 4 && c.vectors == Some(Vectors::Word2vec) && c.stand_in);
    Plot {
        name: "embeddings",
        title: if stand_in { "Word embeddings (our w2v is a stand-in)" } else { "Word embeddings" },
        axis: "F1 on test",
        series: vec![Series { joined: false, ..PAPER }, Series { joined: false, ..OURS }],
        panels,
        description: "F1 with random, Senna, GloVe and word2vec vectors for both corpora and tasks, the paper's and ours.".to_owned(),
        across: 4,
        width: PAGE,
        from_zero: false,
    }
    .figure()
}

/// Table 5.
pub(in crate::report) fn boundary(cells: &[Cell]) -> Figure {
    let panels = PaperCorpus::ALL
        .map(|corpus| {
            let find = |group: &str, measure: &str| {
                cells.iter().filter(|c| c.table == 5 && c.corpus == corpus && c.measure == measure).find(|c| c.group == group)
            };
            let groups = ANALYSED.map(framework_name);
            let points = vec![
                groups.iter().map(|g| paper_point(find(g, "inconsistency of spans").as_ref())).collect(),
                groups.iter().map(|g| our_point(find(g, "inconsistency of spans").as_ref())).collect(),
                groups.iter().map(|g| our_point(find(g, "inconsistency of tokens").as_ref())).collect(),
            ];
            Panel { title: corpus.title().to_owned(), points, categories: vec!["pipeline", "MTL", "both"] }
        })
        .into();
    Plot {
        name: "boundary-inconsistency",
        title: "Boundary inconsistency of MER and MEN",
        axis: "ratio on test",
        series: vec![
            PAPER,
            Series { name: "ours, spans", ..OURS },
            Series { name: "ours, tokens", color: VERMILLION, mark: Mark::Square, joined: true },
        ],
        panels,
        description: "Share of boundaries on which MER and MEN disagree, for pipeline, MTL and MTL with both feedbacks.".to_owned(),
        across: 2,
        width: COLUMN,
        from_zero: true,
    }
    .figure()
}

/// Table 7.
pub(in crate::report) fn subsets(cells: &[Cell]) -> Figure {
    let panels = corpora_and_tasks()
        .map(|(corpus, task)| {
            let find = |framework: usize, subset| {
                let of = cells.iter().filter(|c| c.table == 7 && c.corpus == corpus && c.task == Some(task) && c.subset == Some(subset));
                of.into_iter().find(|c| c.system.is_some_and(|s| s.framework == ANALYSED[framework]))
            };
            let points = [0, 2]
                .into_iter()
                .flat_map(|f| {
                    [
                        SUBSETS.iter().map(|s| paper_point(find(f, *s).as_ref())).collect::<Vec<_>>(),
                        SUBSETS.iter().map(|s| our_point(find(f, *s).as_ref())).collect(),
                    ]
                })
                .collect();
            Panel { title: format!("{} {}", corpus.title(), short(task)), points, categories: SUBSETS.map(subset_name).to_vec() }
        })
        .collect();
    Plot {
        name: "oov-subsets",
        title: "Subsets of entities by out-of-vocabulary words",
        axis: "F1 on test",
        series: vec![
            Series { name: "paper, pipeline", color: ORANGE, mark: Mark::Cross, joined: false },
            Series { name: "ours, pipeline", color: VERMILLION, mark: Mark::Square, joined: false },
            Series { name: "paper, both feedbacks", color: GREEN, mark: Mark::Ring, joined: false },
            Series { name: "ours, both feedbacks", color: BLUE, mark: Mark::Disc, joined: false },
        ],
        panels,
        description:
            "F1 on entities whose words are all known (IV), unknown to training (OOTV), to the embedding (OOEV) or to both (OOBV)."
                .to_owned(),
        across: 4,
        width: PAGE,
        from_zero: true,
    }
    .figure()
}

fn short(task: Task) -> &'static str {
    match task {
        Task::Mer => "recognition",
        Task::Men => "normalization",
    }
}

impl Plot<'_> {
    fn figure(self) -> Figure {
        let all: Vec<Point> = self.panels.iter().flat_map(|p| p.points.iter().flatten().flatten().copied()).collect();
        let low = all.iter().map(|(v, i)| i.map_or(*v, |i| i.0.min(*v))).fold(f64::MAX, f64::min);
        let high = all.iter().map(|(v, i)| i.map_or(*v, |i| i.1.max(*v))).fold(f64::MIN, f64::max);
        let (low, high) = if all.is_empty() { (0.0, 1.0) } else { (if self.from_zero { 0.0 } else { low }, high.max(low + 0.01)) };
        let ticks = Ticks::over((low, high), 5);
        // Space for a mark at either end.
        let space = 0.02 * (high - low);
        let y = ticks.widen_share((if self.from_zero { low } else { low - space }, high + space));

        let mut drawing = Drawing::new(self.width, 0.0);
        drawing.bold((6.0, 15.0), self.title, TITLE, INK, Anchor::Start);
        let samples: Vec<Key> = self
            .series
            .iter()
            .map(|s| Key { text: s.name, color: s.color, kind: if s.joined { KeyKind::Line(s.mark) } else { KeyKind::Mark(s.mark) } })
            .collect();
        let below = keys(&mut drawing, (6.0, 22.0), self.width - 6.0, &samples);
        drawing.text((6.0, below + SMALL), self.axis, SMALL, MUTED, Anchor::Start);
        let (left, gap, tall) = (36.0, 16.0, 150.0);
        let top = below + SMALL + 24.0;
        let each = (self.width - left - 8.0 - gap * (self.across - 1) as f64) / self.across as f64;
        drawing.height = top + tall + 24.0;
        for (i, panel) in self.panels.iter().enumerate() {
            let from = left + (each + gap) * i as f64;
            let count = panel.categories.len() as f64;
            let axes = Axes { left: from, right: from + each, top, bottom: top + tall, x: (-0.5, count - 0.5), y };
            axes.panel_title(&mut drawing, &panel.title);
            axes.y_grid(&mut drawing, &ticks, i == 0);
            axes.base_line(&mut drawing);
            for (j, category) in panel.categories.iter().enumerate() {
                drawing.text((axes.at_x(j as f64), axes.bottom + 4.0 + SMALL), *category, SMALL, MUTED, Anchor::Middle);
            }
            self.marks(&mut drawing, &axes, panel);
        }
        Figure { name: self.name.to_owned(), title: self.title.to_owned(), description: self.description, drawing }
    }

    fn marks(&self, drawing: &mut Drawing, axes: &Axes, panel: &Panel) {
        let count = self.series.len() as f64;
        for (s, (series, points)) in self.series.iter().zip(&panel.points).enumerate() {
            // Side by side, so that marks and whiskers of one category do not cover each other.
            let aside = (s as f64 - (count - 1.0) / 2.0) * 0.17;
            let at: Vec<Option<(f64, f64)>> = points.iter().enumerate().map(|(j, p)| p.map(|p| axes.at(j as f64 + aside, p.0))).collect();
            if series.joined {
                for run in at.split(Option::is_none) {
                    drawing.line(run.iter().copied().flatten().collect(), series.color, 1.2);
                }
            }
            for (point, at) in points.iter().zip(&at) {
                let (Some((_, interval)), Some(at)) = (point, at) else { continue };
                if let Some((low, high)) = interval {
                    let (low, high) = (axes.at_y(low.max(axes.y.0)), axes.at_y(high.min(axes.y.1)));
                    drawing.line(vec![(at.0, low), (at.0, high)], series.color, 1.0);
                    for y in [low, high] {
                        drawing.line(vec![(at.0 - 2.0, y), (at.0 + 2.0, y)], series.color, 1.0);
                    }
                }
                drawing.mark(*at, series.mark, 3.0, series.color);
            }
        }
        let ours: Vec<usize> = self.series.iter().enumerate().filter(|(_, s)| s.name.starts_with("ours")).map(|(i, _)| i).collect();
        for j in 0..panel.categories.len() {
            if ours.iter().all(|s| panel.points[*s][j].is_none()) {
                drawing.text((axes.at_x(j as f64), axes.bottom - 5.0), "not run", SMALL - 1.5, MUTED, Anchor::Middle);
            }
        }
    }
}
