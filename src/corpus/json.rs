//! Objects of JSON taken apart field by field, so that an error names the field.
//!
//! `null` is the same as no field. Numbers are taken where a text is a name (`"id": 102`), never where it is prose.

use super::error::{Fault, shown};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The fields of an object, in order, `null` ones left out.
pub(super) struct Object<'a> {
    fields: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// Names the object in messages: empty, or such as `passages[0].`.
    path: String,
}

struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    fields.push((key, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Of)
    }
}

impl<'a> Object<'a> {
    /// The object that `text` is; `path` names it in messages.
    pub fn read(text: &'a str, path: String) -> Result<Self, Fault> {
        let is_object = text.trim_start().starts_with('{');
        let fields: Result<Fields, _> = serde_json::from_str(text);
        match fields {
            Ok(Fields(mut fields)) => {
                fields.retain(|(_, value)| value.get() != "null");
                Ok(Self { fields, path })
            }
            Err(error) if is_object => Err(Fault::json(&error)),
            Err(_) => match kind(text) {
                Some(found) if !path.is_empty() => {
                    Err(Fault::JsonValue { field: path.trim_end_matches('.').to_owned(), found, expected: "an object" })
                }
                Some(found) => Err(Fault::Json(format!("{found} where an object is expected"))),
                None => Err(Fault::Json(format!("`{}` where an object is expected", shown(text)))),
            },
        }
    }

    /// The fields that are not `null`.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(key, _)| key.as_ref())
    }

    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
    }

    pub fn path_of(&self, key: &str) -> String {
        format!("{}{key}", self.path)
    }

    fn wrong(&self, key: &str, value: &RawValue, expected: &'static str) -> Fault {
        let found = kind(value.get()).unwrap_or_else(|| "no JSON".to_owned());
        Fault::JsonValue { field: self.path_of(key), found, expected }
    }

    /// Prose: a text.
    pub fn text(&self, key: &str) -> Result<Option<String>, Fault> {
        let Some(value) = self.get(key) else { return Ok(None) };
        if !value.get().starts_with('"') {
            return Err(self.wrong(key, value, "a text"));
        }
        serde_json::from_str(value.get()).map(Some).map_err(|error| Fault::json(&error))
    }

    /// A name or an id: a text or a number.
    pub fn name(&self, key: &str) -> Result<Option<String>, Fault> {
        match self.get(key) {
            Some(value) if is_number(value.get()) => Ok(Some(value.get().to_owned())),
            Some(value) if !value.get().starts_with('"') => Err(self.wrong(key, value, "a text or a number")),
            _ => self.text(key),
        }
    }

    /// Ids: a text, a number, or a list of these, which are joined by `|`.
    pub fn names(&self, key: &str) -> Result<Option<String>, Fault> {
        let Some(value) = self.get(key) else { return Ok(None) };
        if !value.get().starts_with('[') {
            return self.name(key);
        }
        let mut names = Vec::new();
        for part in self.list(key)? {
            names.push(scalar(part.get()).ok_or_else(|| self.wrong(key, part, "a text, a number or a list of these"))?);
        }
        Ok((!names.is_empty()).then(|| names.join("|")))
    }

    /// A whole number from 0, as a number or in quotes.
    pub fn whole(&self, key: &str) -> Result<Option<usize>, Fault> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.get().trim_matches('"').trim();
        let number = text.strip_suffix(".0").unwrap_or(text).parse();
        number.map(Some).map_err(|_| {
            let found = kind(value.get()).unwrap_or_default();
            Fault::JsonValue { field: self.path_of(key), found, expected: "a whole number from 0" }
        })
    }

    /// The items of a list; none where there is no such field.
    pub fn list(&self, key: &str) -> Result<Vec<&'a RawValue>, Fault> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        if !value.get().starts_with('[') {
            return Err(self.wrong(key, value, "a list"));
        }
        serde_json::from_str(value.get()).map_err(|error| Fault::json(&error))
    }

    /// The object under a key; an empty one where there is none.
    pub fn object(&self, key: &str) -> Result<Object<'a>, Fault> {
        let path = format!("{}.", self.path_of(key));
        match self.get(key) {
            Some(value) => Object::read(value.get(), path),
            None => Ok(Object { fields: Vec::new(), path }),
        }
    }

    /// Of the object's keys the one that is most like `wanted`, if any is like it.
    pub fn nearest(&self, wanted: &str, known: &[&str]) -> Option<String> {
        let plain = |key: &str| key.to_lowercase().replace(['_', '-', ' '], "");
        let likeness = |key: &str| {
            let key = plain(key);
            if key.contains(wanted) || wanted.contains(&key) { 1.0 } else { strsim::jaro_winkler(&key, wanted) }
        };
        let others = self.keys().filter(|key| !known.contains(key));
        let best = others.map(|key| (likeness(key), key)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 > 0.75).then(|| shown(best.1))
    }
}

fn is_number(value: &str) -> bool {
    value.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// The text of a text or a number.
pub(super) fn scalar(value: &str) -> Option<String> {
    if is_number(value) { Some(value.to_owned()) } else { serde_json::from_str(value).ok().filter(|_| value.starts_with('"')) }
}

/// What a value is, for messages.
fn kind(value: &str) -> Option<String> {
    let value = value.trim();
    let kind = match value.as_bytes().first()? {
        b'"' => format!("the text {}", shown(value)),
        b'{' => "an object".to_owned(),
        b'[' => "a list".to_owned(),
        b't' | b'f' => format!("`{}`", shown(value)),
        b'n' => "null".to_owned(),
        b'-' | b'0'..=b'9' => format!("the number {}", shown(value)),
        _ => return None,
    };
    Some(kind)
}
