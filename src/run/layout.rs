//! JSON for people: what fits on a line stands on a line, and so does every list of numbers, so that a record can be read and its changes
//! compared line by line.

use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

const WIDTH: usize = 120;

/// The value as JSON text with a line's end.
///
/// # Errors
/// As `serde_json::to_value`.
pub fn pretty<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    let mut text = String::new();
    write(&mut text, &serde_json::to_value(value)?, 0);
    text.push('\n');
    Ok(text)
}

fn write(out: &mut String, value: &Value, indent: usize) {
    let line = on_a_line(value);
    match value {
        Value::Array(items) if !is_flat(value) && line.len() + indent > WIDTH => {
            block(out, ['[', ']'], indent, items, write);
        }
        Value::Object(members) if line.len() + indent > WIDTH => {
            block(out, ['{', '}'], indent, members, |out, (key, value), indent| {
                let _ = write!(out, "{}: ", Value::from(key.as_str()));
                write(out, value, indent);
            });
        }
        _ => out.push_str(&line),
    }
}

fn block<T>(
    out: &mut String,
    [open, close]: [char; 2],
    indent: usize,
    items: impl IntoIterator<Item = T>,
    one: impl Fn(&mut String, T, usize),
) {
    out.push(open);
    for (n, item) in items.into_iter().enumerate() {
        out.push_str(if n == 0 { "\n" } else { ",\n" });
        let _ = write!(out, "{:1$}", "", indent + 2);
        one(out, item, indent + 2);
    }
    let _ = write!(out, "\n{:1$}{close}", "", indent);
}

/// Whether it is a list of numbers, texts and the like.
fn is_flat(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(|item| !item.is_array() && !item.is_object()))
}

fn on_a_line(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", joined(items.iter().map(on_a_line).collect())),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| format!("{}: {}", Value::from(key.as_str()), on_a_line(value));
            format!("{{ {} }}", joined(members.iter().map(member).collect()))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn short_values_and_lists_of_numbers_stand_on_a_line() {
        let numbers: Vec<u32> = (0..60).collect();
        let value = json!({ "counts": { "tp": 1, "fp": 2 }, "none": {}, "loss": numbers, "rows": [["a \"b\"", 1], ["c".repeat(120), 2]] });
        let text = pretty(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "  \"counts\": { \"tp\": 1, \"fp\": 2 },");
        assert!(lines[3].starts_with("  \"loss\": [0, 1, 2, ") && lines[3].ends_with("58, 59],"));
        assert_eq!((lines[4], lines[5], lines.len()), ("  \"rows\": [", "    [\"a \\\"b\\\"\", 1],", 9));
    }
}
