//! The network of a run, drawn from its specification alone (the paper's Figure 3): what is read stands below, tags above.

use super::axes::{SMALL, TEXT, TITLE};
use super::drawing::{Anchor, Drawing};
use super::palette::{BLUE, Color, GRID, INK, MUTED, ORANGE, VERMILLION};
use super::{COLUMN, Figure};
use crate::report::system::{System, framework_name};
use crate::run::spec::{CrfFeedback, Encoder, FeedbackValue, Framework, HeadDirections, HeadLayers, Hidden, Rounds, RunSpec, Task};

/// A box is as high as its lines and this.
const PAD: f64 = 5.0;
const LINE: f64 = 12.0;
/// Between boxes: space for an arrow and the word beside it.
const GAP: f64 = 20.0;
/// What the drawing keeps from its edges.
const EDGE: f64 = 6.0;

/// The network of `spec`, as wide as a column of a paper.
pub(in crate::report) fn network(spec: &RunSpec) -> Figure {
    let system = System::of(spec);
    let name = format!("{}, {}", framework_name(system.framework), system.network.name());
    let mut drawing = Drawing::new(COLUMN, 0.0);
    drawing.bold((EDGE, 15.0), &name, TITLE, INK, Anchor::Start);
    let top = 38.0;
    let (left, right) = (0.25 * COLUMN, 0.75 * COLUMN);
    let width = 0.5 * COLUMN - EDGE - 18.0;
    let heads = Task::ALL.map(|task| Head::of(spec, task, if task == Task::Mer { left } else { right }, width, top));
    for head in &heads {
        head.draw(&mut drawing);
    }
    for (into, from) in [(0, 1), (1, 0)] {
        if let Some(joined) = &heads[into].joined {
            feed(&mut drawing, heads[from].source(spec), joined, into);
        }
    }
    let foot = heads.each_ref().map(Head::entry).into_iter().fold(0.0, f64::max);
    let below = if spec.model.framework == Framework::Pipeline {
        // Each task has a network of its own.
        let ends = heads.each_ref().map(|head| encoder(&mut drawing, spec, head.centre, width, foot + GAP, &[head]));
        ends[0].max(ends[1])
    } else {
        encoder(&mut drawing, spec, 0.5 * COLUMN, 0.66 * COLUMN, foot + GAP, &heads.each_ref())
    };
    drawing.height = legend(&mut drawing, spec, below + 18.0);
    Figure { name: "network".to_owned(), title: format!("The network: {name}"), description: description(spec), drawing }
}

struct Rectangle {
    centre: f64,
    top: f64,
    width: f64,
    lines: Vec<String>,
}

impl Rectangle {
    fn bottom(&self) -> f64 {
        self.top + LINE * self.lines.len() as f64 + PAD
    }

    fn middle(&self) -> f64 {
        0.5 * (self.top + self.bottom())
    }

    fn side(&self, right: bool) -> f64 {
        self.centre + if right { 0.5 } else { -0.5 } * self.width
    }

    fn draw(&self, drawing: &mut Drawing) {
        drawing.rectangle((self.side(false), self.top), (self.side(true), self.bottom()), GRID.alpha(0.45));
        let corners = [(false, self.top), (true, self.top), (true, self.bottom()), (false, self.bottom()), (false, self.top)];
        drawing.line(corners.map(|(right, y)| (self.side(right), y)).to_vec(), MUTED, 0.8);
        for (line, n) in self.lines.iter().zip(1..) {
            let size = if n == 1 { TEXT } else { SMALL };
            let color = if n == 1 { INK } else { MUTED };
            drawing.text((self.centre, self.top + LINE * f64::from(n) - 1.0), line, size, color, Anchor::Middle);
        }
    }
}

/// A task's boxes, from its tags down to what it makes of v.
struct Head {
    tags: &'static str,
    centre: f64,
    /// Softmax or CRF.
    decoder: Rectangle,
    scores: Rectangle,
    /// v with the other task's output, where there is feedback into this task.
    joined: Option<Rectangle>,
}

impl Head {
    fn of(spec: &RunSpec, task: Task, centre: f64, width: f64, top: f64) -> Self {
        let model = &spec.model;
        let stacked = |lines: Vec<String>, top: f64| Rectangle { centre, top, width, lines };
        let decoder = stacked(vec![if model.crf { "CRF" } else { "softmax" }.to_owned()], top + GAP);
        let layers = match (model.head.layers, model.head.directions) {
            (HeadLayers::Hidden, _) => "tanh layer, linear",
            (HeadLayers::Linear, HeadDirections::Sum) => "linear, each direction",
            (HeadLayers::Linear, HeadDirections::Concat) => "linear",
        };
        let scores = stacked(vec![layers.to_owned()], decoder.bottom() + GAP);
        let (other, matrix) = match task {
            Task::Mer => ("MEN", "U"),
            Task::Men => ("MER", "V"),
        };
        let joined = model.framework.feeds(task).then(|| stacked(vec![format!("v ∘ (v + y({other}) {matrix})")], scores.bottom() + GAP));
        let tags = match task {
            Task::Mer => "MER: mentions",
            Task::Men => "MEN: concepts",
        };
        Self { tags, centre, decoder, scores, joined }
    }

    fn draw(&self, drawing: &mut Drawing) {
        drawing.bold((self.centre, self.decoder.top - GAP), self.tags, TEXT, INK, Anchor::Middle);
        arrow(drawing, self.centre, self.decoder.top, self.decoder.top - GAP + 5.0, MUTED);
        arrow(drawing, self.centre, self.scores.top, self.decoder.bottom(), MUTED);
        self.decoder.draw(drawing);
        self.scores.draw(drawing);
        if let Some(joined) = &self.joined {
            arrow(drawing, self.centre, joined.top, self.scores.bottom(), MUTED);
            joined.draw(drawing);
        }
    }

    /// The box whose output the other task gets.
    fn source(&self, spec: &RunSpec) -> &Rectangle {
        let from_scores = spec.model.crf && spec.model.crf_feedback == CrfFeedback::Emissions;
        if from_scores { &self.scores } else { &self.decoder }
    }

    /// Where v arrives.
    fn entry(&self) -> f64 {
        self.joined.as_ref().unwrap_or(&self.scores).bottom()
    }
}

/// From `from`'s inner side down to `into`'s, dashed; task 0 stands at the left.
fn feed(drawing: &mut Drawing, from: &Rectangle, into: &Rectangle, task: usize) {
    let to_right = task == 1;
    let color = if to_right { BLUE } else { VERMILLION };
    let (start, end) = (from.side(to_right), into.side(!to_right));
    let turn = 0.5 * COLUMN + if to_right { -7.0 } else { 7.0 };
    let y = into.middle() + if to_right { -3.0 } else { 3.0 };
    let head = if to_right { -5.0 } else { 5.0 };
    drawing.dashed(&[(start, from.middle()), (turn, from.middle()), (turn, y), (end + head, y)], color, 1.3, (4.0, 2.5));
    drawing.shapes.push(super::drawing::Shape::Polygon { points: vec![(end, y), (end + head, y - 3.0), (end + head, y + 3.0)], color });
}

/// Everything below `heads`, from v down to the words; the lowest point drawn.
fn encoder(drawing: &mut Drawing, spec: &RunSpec, centre: f64, width: f64, top: f64, heads: &[&Head]) -> f64 {
    let model = &spec.model;
    let stacked = |lines: Vec<String>, top: f64| Rectangle { centre, top, width, lines };
    let dropped = |on: bool| if on && spec.dropout.rate > 0.0 { ORANGE } else { MUTED };
    let lines = match model.encoder {
        Encoder::Bilstm => {
            let units = match model.hidden {
                Hidden::Embedding => "as the vectors".to_owned(),
                Hidden::Units(n) => n.to_string(),
            };
            let narrow = heads.len() == 1;
            let size = if narrow { format!("{units} a direction") } else { format!("{} layers, {units} a direction", model.layers) };
            let kind = if narrow { format!("Bi-LSTM × {}", model.layers) } else { "Bi-LSTM".to_owned() };
            vec![kind, size]
        }
        Encoder::Idcnn => {
            let idcnn = &model.idcnn;
            let rates: Vec<String> = idcnn.dilations.iter().map(ToString::to_string).collect();
            vec![format!("dilated convolutions × {}", idcnn.iterations), format!("{} filters, rates {}", idcnn.filters, rates.join(" "))]
        }
    };
    let stack = stacked(lines, top);
    for head in heads {
        let color = dropped(spec.dropout.output);
        let x = head.centre.clamp(stack.side(false) + 12.0, stack.side(true) - 12.0);
        arrow(drawing, x, stack.top, head.entry(), color);
        drawing.text((x + 7.0, stack.top - 7.0), "v", TEXT, INK, Anchor::Start);
    }
    stack.draw(drawing);

    let below = stack.bottom() + GAP;
    let color = dropped(spec.dropout.input);
    let Some(cnn) = &model.char_cnn else {
        let words = stacked(words(spec), below);
        arrow(drawing, centre, words.top, stack.bottom(), color);
        words.draw(drawing);
        return words.bottom();
    };
    let half = 0.5 * (width - 8.0);
    let part = |lines: Vec<String>, side: f64| Rectangle { centre: centre + side * 0.5 * (half + 8.0), top: below, width: half, lines };
    let boxes = [part(words(spec), -1.0), part(vec!["CNN".to_owned(), format!("{} filters of {}", cnn.filters, cnn.window)], 1.0)];
    for one in &boxes {
        arrow(drawing, one.centre, one.top, stack.bottom(), color);
        one.draw(drawing);
    }
    let characters = Rectangle {
        top: boxes[1].bottom() + GAP,
        centre: boxes[1].centre,
        width: half,
        lines: vec!["characters".to_owned(), format!("vectors of {}", cnn.dim)],
    };
    arrow(drawing, characters.centre, characters.top, boxes[1].bottom(), dropped(spec.dropout.characters));
    characters.draw(drawing);
    characters.bottom()
}

fn words(spec: &RunSpec) -> Vec<String> {
    let trained = if spec.embedding.trainable { "" } else { ", fixed" };
    vec!["words".to_owned(), format!("{}{trained}", spec.embedding.name)]
}

/// What colours and dashes say; the height of the drawing.
fn legend(drawing: &mut Drawing, spec: &RunSpec, top: f64) -> f64 {
    let mut y = top;
    let mut say = |drawing: &mut Drawing, color: Color, dashed: bool, text: String| {
        let ends = [(EDGE, y - 0.35 * SMALL), (EDGE + 18.0, y - 0.35 * SMALL)];
        if dashed {
            drawing.dashed(&ends, color, 1.3, (4.0, 2.5))
        } else {
            drawing.line(ends.to_vec(), color, 1.3)
        }
        drawing.text((EDGE + 24.0, y), text, SMALL, INK, Anchor::Start);
        y += 13.0;
    };
    let model = &spec.model;
    let value = match model.feedback.value {
        FeedbackValue::Probability => "probabilities",
        FeedbackValue::LogProbability => "log-probabilities",
    };
    let rounds = match model.feedback.rounds {
        Rounds::Count(1) => "1 round".to_owned(),
        Rounds::Count(n) => format!("{n} rounds"),
        Rounds::Store => "the last seen".to_owned(),
    };
    if model.framework.feeds(Task::Men) {
        say(drawing, BLUE, true, format!("feedback from MER to MEN: {value}, {rounds}"));
    }
    if model.framework.feeds(Task::Mer) {
        say(drawing, VERMILLION, true, format!("feedback from MEN to MER: {value}, {rounds}"));
    }
    if spec.dropout.rate > 0.0 {
        let between = if spec.dropout.between_layers { ", between layers too" } else { "" };
        say(drawing, ORANGE, false, format!("dropout {}{between}", spec.dropout.rate));
    }
    y - 4.0
}

/// An arrow from below.
fn arrow(drawing: &mut Drawing, x: f64, from: f64, to: f64, color: Color) {
    drawing.line(vec![(x, from), (x, to + 5.0)], color, 1.3);
    drawing.shapes.push(super::drawing::Shape::Polygon { points: vec![(x, to), (x - 3.0, to + 5.5), (x + 3.0, to + 5.5)], color });
}

fn description(spec: &RunSpec) -> String {
    let model = &spec.model;
    let encoder = match model.encoder {
        Encoder::Bilstm => format!("{} layers of Bi-LSTM", model.layers),
        Encoder::Idcnn => "iterated dilated convolutions".to_owned(),
    };
    let features = if model.char_cnn.is_some() { "word vectors joined with a character CNN's output" } else { "word vectors" };
    let shared = match model.framework {
        Framework::Pipeline => "one network for recognition and another for normalization, each",
        _ => "one network for both tasks,",
    };
    let feedback = match model.framework {
        Framework::Pipeline | Framework::Mtl => "; no feedback",
        Framework::MtlMenFeedback => "; recognition gets what normalization says",
        Framework::MtlMerFeedback => "; normalization gets what recognition says",
        Framework::MtlBothFeedback => "; each task gets what the other says",
    };
    let decoder = if model.crf { "a CRF" } else { "a softmax" };
    format!("As the specification has it: {shared} with {encoder} over {features} and {decoder} for each task{feedback}.")
}
