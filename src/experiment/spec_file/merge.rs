//! Laying one located tree over another, and dotted keys (`model.hidden: 100` for `model: {hidden: 100}`).

use super::problem::{Fault, Problem};
use super::source::Location;
use super::tree::{Content, Entry, Node};

/// `over` laid over `base`: mappings are joined key by key, anything else replaces. A key keeps the place it comes from.
pub fn overlay(base: Node, over: Node) -> Node {
    match (base.content, over.content) {
        (Content::Mapping(mut entries), Content::Mapping(above)) => {
            for Entry { key, place, value } in above {
                match entries.iter_mut().find(|entry| entry.key == key) {
                    Some(entry) => {
                        let below = std::mem::replace(&mut entry.value, value.clone());
                        *entry = Entry { key, place, value: overlay(below, value) };
                    }
                    None => entries.push(Entry { key, place, value }),
                }
            }
            Node { place: over.place, content: Content::Mapping(entries) }
        }
        (_, content) => Node { place: over.place, content },
    }
}

/// A mapping with nothing in it, to start overlaying from.
pub fn empty(place: &Location) -> Node {
    Node { place: place.clone(), content: Content::Mapping(Vec::new()) }
}

/// `value` under a dotted path: `a.b` gives `{a: {b: value}}`.
pub fn nested(path: &str, place: &Location, value: Node) -> Node {
    path.rsplit('.').fold(value, |value, key| Node {
        place: place.clone(),
        content: Content::Mapping(vec![Entry { key: key.to_owned(), place: place.clone(), value }]),
    })
}

/// Opens dotted keys at every level. The same path given in both ways is a problem.
pub fn open_dotted(node: Node, prefix: &str, problems: &mut Vec<Problem>) -> Node {
    let Content::Mapping(entries) = node.content else { return node };
    let mut opened = empty(&node.place);
    for Entry { key, place, value } in entries {
        let path = join(prefix, &key);
        let value = open_dotted(value, &path, problems);
        let value = nested(&key, &place, value);
        if let Some((path, first)) = clash(&opened, &value, prefix) {
            let hint = format!("first given at {first}");
            problems.push(Problem::new(Fault::GivenTwice { path }, &place, hint));
        } else {
            opened = Node { place: node.place.clone(), ..overlay(opened, value) };
        }
    }
    opened
}

/// A path that both trees set, and where the first one does.
fn clash(first: &Node, second: &Node, prefix: &str) -> Option<(String, Location)> {
    let (Content::Mapping(entries), Content::Mapping(others)) = (&first.content, &second.content) else {
        return Some((prefix.to_owned(), first.place.clone()));
    };
    others.iter().find_map(|other| {
        let entry = entries.iter().find(|entry| entry.key == other.key)?;
        clash(&entry.value, &other.value, &join(prefix, &other.key))
    })
}

/// `prefix.key`, or `key` at the top.
pub fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}
