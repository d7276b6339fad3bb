//! The space that settings are drawn from, and what can be wrong with it.

use super::draw::Source;
use super::{Scale, SearchKey};
use crate::experiment::spec_file::Names;
use crate::experiment::spec_file::check::{check, unknown_key};
use crate::experiment::spec_file::expand::same;
use crate::experiment::spec_file::merge::{join, open_dotted};
use crate::experiment::spec_file::problem::{Fault, Problem, suggestion};
use crate::experiment::spec_file::sections::bad;
use crate::experiment::spec_file::source::Location;
use crate::experiment::spec_file::tree::{Content, Entry, Node};
use crate::run::keys::{self, ValueKind};
use serde_yaml::Value;

/// The words for what a value is drawn from.
const DISTRIBUTIONS: [&str; 4] = ["choice", "uniform", "log_uniform", "int"];
const EXAMPLE: &str = "as in `dropout.rate: {uniform: [0, 0.6]}`";

/// A space, checked.
pub struct Space(Vec<Item>);

enum Item {
    Key {
        path: String,
        place: Location,
        draw: Draw,
    },
    /// `choice` in a section: one of its items, with what it sets and draws.
    Alternatives {
        stream: String,
        of: Vec<Vec<Item>>,
    },
}

/// What a key's value is drawn from.
enum Draw {
    /// Set by an alternative.
    Fixed(Node),
    Choice(Vec<Node>),
    Uniform(f64, f64),
    LogUniform(f64, f64),
    Int(u64, u64),
}

impl Space {
    pub fn read(node: &Node, names: &Names, problems: &mut Vec<Problem>) -> Space {
        let before = problems.len();
        let mut reader = Reader { names, problems };
        let items = match &node.content {
            Content::Mapping(entries) if !entries.is_empty() => reader.section(entries, "", 0),
            _ => {
                reader.problems.push(bad("search.space", node, format!("expected keys with what they are drawn from, {EXAMPLE}")));
                Vec::new()
            }
        };
        let space = Space(items);
        if problems.len() == before {
            given_twice(&space.0, problems);
        }
        space
    }

    /// How many different settings there are; `None` where values are drawn from an interval, or there are too many to count.
    pub fn settings(&self) -> Option<u128> {
        settings(&self.0)
    }

    /// The keys that may vary, each once.
    pub fn keys(&self) -> Vec<SearchKey> {
        let mut found: Vec<SearchKey> = Vec::new();
        walk(&self.0, &mut |path, _, draw| {
            let scale = match draw {
                Draw::Fixed(_) | Draw::Choice(_) => Scale::Choice,
                Draw::Uniform(..) | Draw::Int(..) => Scale::Linear,
                Draw::LogUniform(..) => Scale::Logarithmic,
            };
            match found.iter_mut().find(|key| key.path == path) {
                Some(key) if key.scale == Scale::Choice => key.scale = scale,
                Some(_) => {}
                None => found.push(SearchKey { path: path.to_owned(), scale }),
            }
        });
        found
    }

    /// Each path that the space sets, with its place.
    pub fn places(&self) -> Vec<(String, Location)> {
        let mut found = Vec::new();
        walk(&self.0, &mut |path, place, _| found.push((path.to_owned(), place.clone())));
        found
    }

    /// One setting: the keys in the order of the space, each with its value.
    pub fn draw(&self, source: &Source) -> Vec<(String, Node)> {
        let mut setting = Vec::new();
        draw(&self.0, source, &mut setting);
        setting
    }
}

fn draw(items: &[Item], source: &Source, setting: &mut Vec<(String, Node)>) {
    for item in items {
        match item {
            Item::Alternatives { stream, of } => draw(&of[source.index(stream, of.len())], source, setting),
            Item::Key { path, place, draw } => {
                let number = |value: Value| Node { place: place.clone(), content: Content::Scalar(value) };
                let value = match draw {
                    Draw::Fixed(node) => node.clone(),
                    Draw::Choice(values) => values[source.index(path, values.len())].clone(),
                    Draw::Uniform(low, high) => number(source.uniform(path, *low, *high).into()),
                    Draw::LogUniform(low, high) => number(source.log_uniform(path, *low, *high).into()),
                    Draw::Int(low, high) => number(source.int(path, *low, *high).into()),
                };
                setting.push((path.clone(), value));
            }
        }
    }
}

fn walk(items: &[Item], each: &mut impl FnMut(&str, &Location, &Draw)) {
    for item in items {
        match item {
            Item::Key { path, place, draw } => each(path, place, draw),
            Item::Alternatives { of, .. } => of.iter().for_each(|items| walk(items, each)),
        }
    }
}

fn settings(items: &[Item]) -> Option<u128> {
    items.iter().try_fold(1u128, |product, item| {
        let here = match item {
            Item::Alternatives { of, .. } => of.iter().try_fold(0u128, |sum, items| sum.checked_add(settings(items)?))?,
            Item::Key { draw: Draw::Fixed(_), .. } => 1,
            Item::Key { draw: Draw::Choice(values), .. } => values.len() as u128,
            Item::Key { draw: Draw::Int(low, high), .. } => u128::from(high - low) + 1,
            Item::Key { .. } => return None,
        };
        product.checked_mul(here)
    })
}

/// A path that two items set at once, or one that lies below the other.
fn given_twice(items: &[Item], problems: &mut Vec<Problem>) {
    let mut seen: Vec<(String, Location)> = Vec::new();
    for item in items {
        let mut here = Vec::new();
        walk(std::slice::from_ref(item), &mut |path, place, _| here.push((path.to_owned(), place.clone())));
        for (path, place) in &here {
            if let Some((_, first)) = seen.iter().find(|(earlier, _)| overlap(earlier, path)) {
                let hint = format!("first given at {first}");
                problems.push(Problem::new(Fault::GivenTwice { path: path.clone() }, place, hint));
            }
        }
        seen.extend(here);
        if let Item::Alternatives { of, .. } = item {
            of.iter().for_each(|items| given_twice(items, problems));
        }
    }
}

/// Whether two dotted paths are the same, or one lies below the other.
pub fn overlap(a: &str, b: &str) -> bool {
    let below = |path: &str, section: &str| path.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
    a == b || below(a, b) || below(b, a)
}

struct Reader<'a> {
    names: &'a Names,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    /// The keys of a section of the space, `depth` alternatives deep. An alternative may set values beside drawing them.
    fn section(&mut self, entries: &[Entry], prefix: &str, depth: usize) -> Vec<Item> {
        entries.iter().flat_map(|entry| self.entry(entry, prefix, depth)).collect()
    }

    fn entry(&mut self, Entry { key, place, value }: &Entry, prefix: &str, depth: usize) -> Vec<Item> {
        let path = join(prefix, key);
        let alternative = depth > 0;
        if key == DISTRIBUTIONS[0] {
            return self.alternatives(value, prefix, depth).into_iter().collect();
        }
        match (keys::key(&path), &value.content) {
            (Some(key), Content::Mapping(entries)) => match self.distribution(entries, value, key) {
                Some(draw) => vec![Item::Key { path, place: place.clone(), draw }],
                None => Vec::new(),
            },
            (Some(_), _) if alternative => self.fixed(path, place, value),
            (Some(_), _) => {
                let hint = format!("expected what it is drawn from, {EXAMPLE}; a value for all runs belongs under `defaults`");
                self.problems.push(bad(&path, value, hint));
                Vec::new()
            }
            (None, Content::Mapping(entries)) if keys::is_section(&path) => self.section(entries, &path, depth),
            (None, _) if keys::is_section(&path) && alternative && value.is_null() => self.fixed(path, place, value),
            (None, _) if keys::is_section(&path) => {
                self.problems.push(bad(&path, value, format!("expected keys with what they are drawn from, {EXAMPLE}")));
                Vec::new()
            }
            (None, _) => {
                let mut problem = unknown_key(&path, prefix, key, place);
                if !prefix.is_empty() && DISTRIBUTIONS.contains(&key.as_str()) {
                    problem.hint = format!("`{prefix}` is a section: one of its keys is drawn, or `choice` lists alternatives of several");
                }
                self.problems.push(problem);
                Vec::new()
            }
        }
    }

    fn fixed(&mut self, path: String, place: &Location, value: &Node) -> Vec<Item> {
        check(value, &path, self.names, self.problems);
        vec![Item::Key { path, place: place.clone(), draw: Draw::Fixed(value.clone()) }]
    }

    fn alternatives(&mut self, value: &Node, prefix: &str, depth: usize) -> Option<Item> {
        let path = join(prefix, DISTRIBUTIONS[0]);
        let shown = format!("search.space.{path}");
        let optional = keys::is_optional_section(prefix);
        let items = match &value.content {
            Content::Sequence(items) if items.len() > 1 => items,
            _ => {
                let hint = format!("expected two or more alternatives, as in `{path}: [{{...}}, {{...}}]`");
                self.problems.push(bad(&shown, value, hint));
                return None;
            }
        };
        let mut of: Vec<Vec<Item>> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            if items[..i].iter().any(|earlier| same(&earlier.to_json(), &item.to_json())) {
                self.problems.push(bad(&shown, item, "it stands twice in the list"));
            }
            let item = open_dotted(item.clone(), prefix, self.problems);
            match &item.content {
                // An optional section that is there, with its own defaults, is `{}`.
                Content::Mapping(entries) if entries.is_empty() && optional => of.push(self.fixed(prefix.to_owned(), &item.place, &item)),
                Content::Mapping(entries) if !entries.is_empty() => {
                    let items = self.section(entries, prefix, depth + 1);
                    of.push(items);
                }
                Content::Scalar(Value::Null) if optional => of.push(self.fixed(prefix.to_owned(), &item.place, &item)),
                _ => {
                    let or_null = if optional { ", or `null`" } else { "" };
                    self.problems.push(bad(
                        &shown,
                        &item,
                        format!("expected a mapping of keys to values or to what they are drawn from{or_null}"),
                    ));
                }
            }
        }
        // A choice within an alternative is not the choice of that alternative once more.
        Some(Item::Alternatives { stream: format!("{path}/{depth}"), of })
    }

    fn distribution(&mut self, entries: &[Entry], node: &Node, key: &keys::Key) -> Option<Draw> {
        let shown = format!("search.space.{}", key.path);
        let [entry] = entries else {
            let hint = format!("expected one of `{}`, {EXAMPLE}", DISTRIBUTIONS.join("`, `"));
            self.problems.push(bad(&shown, node, hint));
            return None;
        };
        let shown = format!("{shown}.{}", entry.key);
        let (real, int) = (
            matches!(key.kind, ValueKind::Float(_) | ValueKind::FloatOrNull(_)),
            matches!(key.kind, ValueKind::Int(..) | ValueKind::IntOrNull(..) | ValueKind::WordOrInt(..)),
        );
        match entry.key.as_str() {
            "choice" => self.choice(&entry.value, key, &shown),
            "uniform" if real => {
                let (low, high) = self.range(&entry.value, key, &shown, Value::as_f64)?;
                Some(Draw::Uniform(low, high))
            }
            "log_uniform" if real => {
                let (low, high) = self.range(&entry.value, key, &shown, Value::as_f64)?;
                if low <= 0.0 {
                    self.problems.push(bad(&shown, &entry.value, "a logarithm needs ends above 0: raise the lower one, or take `uniform`"));
                    return None;
                }
                Some(Draw::LogUniform(low, high))
            }
            "int" if int => {
                let (low, high) = self.range(&entry.value, key, &shown, Value::as_u64)?;
                Some(Draw::Int(low, high))
            }
            word if DISTRIBUTIONS.contains(&word) => {
                let fits = match (real, int) {
                    (true, _) => "take `uniform`, `log_uniform` or `choice`",
                    (_, true) => "take `int` or `choice`",
                    _ => "take `choice`",
                };
                let what = format!("`{}` is not drawn by `{word}`: it holds {}", key.path, key.kind);
                self.problems.push(Problem::new(Fault::Shape { what }, &entry.place, fits));
                None
            }
            word => {
                self.problems.push(Problem::new(Fault::UnknownKey { path: shown }, &entry.place, suggestion(word, &DISTRIBUTIONS)));
                None
            }
        }
    }

    fn choice(&mut self, value: &Node, key: &keys::Key, shown: &str) -> Option<Draw> {
        let Content::Sequence(values) = &value.content else {
            self.problems.push(bad(shown, value, "expected a list of values"));
            return None;
        };
        if values.is_empty() {
            self.problems.push(bad(shown, value, "the list is empty: expected one value or more"));
        }
        for (i, item) in values.iter().enumerate() {
            check(item, key.path, self.names, self.problems);
            if values[..i].iter().any(|earlier| same(&earlier.to_json(), &item.to_json())) {
                self.problems.push(bad(shown, item, "it stands twice in the list"));
            }
        }
        Some(Draw::Choice(values.clone()))
    }

    /// The ends of `[low, high]`, both of them values of the key.
    fn range<T: PartialOrd>(&mut self, value: &Node, key: &keys::Key, shown: &str, number: fn(&Value) -> Option<T>) -> Option<(T, T)> {
        let ends = match &value.content {
            Content::Sequence(ends) if ends.len() == 2 => ends,
            _ => {
                self.problems.push(bad(shown, value, "expected the two ends of a range, as in `[low, high]`"));
                return None;
            }
        };
        let before = self.problems.len();
        for end in ends {
            check(end, key.path, self.names, self.problems);
        }
        if self.problems.len() > before {
            return None;
        }
        let mut numbers = Vec::new();
        for end in ends {
            match &end.content {
                Content::Scalar(scalar) if number(scalar).is_some() => numbers.extend(number(scalar)),
                _ => self.problems.push(bad(shown, end, "expected a number as the end of a range")),
            }
        }
        let high = numbers.pop()?;
        let low = numbers.pop()?;
        if low < high {
            return Some((low, high));
        }
        let hint = if low > high {
            "the ends are reversed: the lower one comes first"
        } else {
            "the range is empty: a single value belongs under `defaults`"
        };
        self.problems.push(bad(shown, value, hint));
        None
    }
}

/// Takes from a base's search what the one over it says in its own way, so that laying the one over the other does not mix the two: a key
/// that is drawn otherwise, and settings that are listed where they were drawn, or the other way round.
pub fn drop_replaced(base: &mut Node, over: &Node) {
    let lists = |node: &Node| node.get("settings").is_some();
    let draws = |node: &Node| node.get("space").is_some();
    if (lists(over) && draws(base)) || (draws(over) && lists(base)) {
        base.content = Content::Mapping(Vec::new());
    } else if let (Some(below), Some(above)) = (base.get_mut("space"), over.get("space")) {
        drop_replaced_keys(below, above, "");
    }
}

fn drop_replaced_keys(base: &mut Node, over: &Node, prefix: &str) {
    let (Content::Mapping(entries), Content::Mapping(above)) = (&mut base.content, &over.content) else { return };
    entries.retain_mut(|entry| {
        let Some(new) = above.iter().find(|new| new.key == entry.key) else { return true };
        let path = join(prefix, &entry.key);
        if !keys::is_section(&path) {
            return false;
        }
        drop_replaced_keys(&mut entry.value, &new.value, &path);
        true
    });
}
