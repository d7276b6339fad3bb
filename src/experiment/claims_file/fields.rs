//! Fields of a claims file: a mapping's keys, and values of a kind, each fault kept with its place.

use super::read::Reader;
use crate::experiment::spec_file::tree::{Content, Node};
use crate::experiment::spec_file::{Fault, Problem, nearest};
use serde_yaml::Value;

impl Reader<'_> {
    /// Faults for everything but a mapping whose keys are all `known`.
    pub(super) fn keys(&mut self, node: &Node, path: &str, known: &[&str]) {
        let Content::Mapping(entries) = &node.content else {
            let what = format!("{} where a mapping is expected", node.describe());
            let hint = format!("expected keys: {}", known.join(", "));
            self.problems.push(Problem { fault: Fault::Shape { what }, place: Some(node.place.clone()), hint });
            return;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let dotted = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
            let hint = hint(&entry.key, known.iter().copied(), &format!("one of {}", known.join(", ")));
            self.problems.push(Problem { fault: Fault::UnknownKey { path: dotted }, place: Some(entry.place.clone()), hint });
        }
    }

    pub(super) fn required<'a>(&mut self, node: &'a Node, key: &str, what: &str) -> Option<&'a Node> {
        let found = node.get(key);
        if found.is_none() {
            let fault = Fault::MissingKey { path: key.into() };
            self.problems.push(Problem { fault, place: Some(node.place.clone()), hint: format!("give {what}") });
        }
        found
    }

    pub(super) fn items<'a>(&mut self, node: &'a Node, path: &str) -> &'a [Node] {
        match &node.content {
            Content::Sequence(items) if !items.is_empty() => items,
            _ => {
                self.bad(node, path, "expected a list with at least one entry".into());
                &[]
            }
        }
    }

    pub(super) fn list<T>(
        &mut self,
        node: &Node,
        key: &str,
        required: bool,
        mut take: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        let value = if required { self.required(node, key, "a list with at least one entry") } else { node.get(key) };
        let Some(value) = value else { return Vec::new() };
        self.items(value, key).iter().filter_map(|item| take(self, item)).collect()
    }

    pub(super) fn text(&mut self, node: &Node, key: &str, what: &str) -> Option<String> {
        let value = self.required(node, key, what)?;
        self.scalar_text(value, key)
    }

    pub(super) fn scalar_text(&mut self, node: &Node, path: &str) -> Option<String> {
        match &node.content {
            Content::Scalar(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
            _ => {
                self.bad(node, path, "expected a text".into());
                None
            }
        }
    }

    pub(super) fn flag(&mut self, node: &Node, path: &str) -> Option<bool> {
        match &node.content {
            Content::Scalar(Value::Bool(flag)) => Some(*flag),
            _ => {
                self.bad(node, path, "expected true or false".into());
                None
            }
        }
    }

    pub(super) fn number(&mut self, node: &Node, key: &str, what: &str) -> Option<f64> {
        let value = self.required(node, key, what)?;
        match &value.content {
            Content::Scalar(Value::Number(number)) if number.as_f64().is_some_and(f64::is_finite) => number.as_f64(),
            _ => {
                self.bad(value, key, format!("expected {what}"));
                None
            }
        }
    }

    /// Points of F1, given back as a share.
    pub(super) fn points(&mut self, node: &Node, key: &str, least: f64) -> Option<f64> {
        let points = self.number(node, key, "points of F1 (one point is 0.01)")?;
        if points >= least && points < 100.0 {
            return Some(points / 100.0);
        }
        let value = node.get(key).unwrap_or(node);
        self.bad(value, key, "expected points of F1, above 0 and under 100".into());
        None
    }

    pub(super) fn one_of<T: Copy>(&mut self, node: &Node, path: &str, names: &[(&str, T)]) -> Option<T> {
        let text = match &node.content {
            Content::Scalar(Value::String(text)) => text.as_str(),
            _ => "",
        };
        if let Some((_, value)) = names.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let all = names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        self.bad(node, path, hint(text, names.iter().map(|(name, _)| *name), &format!("one of {all}")));
        None
    }

    pub(super) fn bad(&mut self, node: &Node, path: &str, hint: String) {
        let fault = Fault::BadValue { path: path.into(), found: node.describe() };
        self.problems.push(Problem { fault, place: Some(node.place.clone()), hint });
    }
}

pub(super) fn hint<'a>(found: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    nearest(found, known).map_or_else(|| format!("expected {otherwise}"), |name| format!("did you mean `{name}`?"))
}
