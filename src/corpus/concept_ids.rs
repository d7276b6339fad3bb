//! The concept field of a mention, and the rules by which ids are read from it: each is stated here, and nowhere else.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;

/// What corpora write where a mention has no concept.
const NONE: &str = "-1";
const MESH: &str = "MESH:";

/// A concept field as its file writes it: one id (`D003866`, `MESH:D003866`, `OMIM:114480`), several joined by `|` or `+`, or `-1` for
/// none. The text is kept as it is; equal fields are equal texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConceptIds(String);

impl ConceptIds {
    /// The field without what is not an id: what stands between bars, trimmed, in the order of the file. `+` joins one part, and `-1` is a part.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('|').map(str::trim).filter(|part| !part.is_empty())
    }

    /// [`parts`](Self::parts) that name a concept.
    pub fn concepts(&self) -> impl Iterator<Item = &str> {
        concepts_in(&self.0)
    }

    /// As the BioCreative V CDR kit reads them: the field trimmed and split on `|` (`+` is not split, and parts are not trimmed), less empty
    /// parts and `-1`. The kit puts `MESH:` before a part without a colon, so that `D003866` and `MESH:D003866` are one id; here neither has
    /// the prefix.
    pub fn kit_ids(&self) -> impl Iterator<Item = &str> {
        kit_ids_in(&self.0)
    }

    /// The single ids: split on `|` and `+`, trimmed, without prefix `MESH:`, less empty parts and `-1`.
    pub fn single_ids(&self) -> impl Iterator<Item = &str> {
        let trimmed = self.0.split(['|', '+']).map(str::trim).map(|part| part.strip_prefix(MESH).unwrap_or(part));
        trimmed.filter(|part| !part.is_empty() && *part != NONE)
    }

    /// The first single id with its prefix, `-1` included.
    pub fn first(&self) -> &str {
        self.0.split(['|', '+']).next().unwrap_or_default().trim()
    }

    /// Whether the field names no concept: blank, or `-1`.
    pub fn is_none(&self) -> bool {
        matches!(self.0.trim(), "" | NONE)
    }

    /// Adds an id behind a bar.
    pub fn push(&mut self, id: &str) {
        self.0.push('|');
        self.0.push_str(id);
    }

    /// The field trimmed, each of its `|`-separated parts trimmed and, where it has no prefix, given `MESH:`. Empty parts and `-1` stay as
    /// they are. `+` joins one part (the kit's rule), so `D1+D2` becomes `MESH:D1+D2`.
    #[must_use]
    pub fn with_prefix(&self) -> Self {
        let prefixed =
            |part: &str| if part.is_empty() || part == NONE || part.contains(':') { part.to_owned() } else { format!("{MESH}{part}") };
        Self(self.0.split('|').map(|part| prefixed(part.trim())).collect::<Vec<_>>().join("|"))
    }
}

/// [`ConceptIds::concepts`] of a field that is borrowed.
pub fn concepts_in(field: &str) -> impl Iterator<Item = &str> {
    field.split('|').map(str::trim).filter(|part| !part.is_empty() && *part != NONE)
}

/// [`ConceptIds::kit_ids`] of a field that is borrowed.
pub fn kit_ids_in(field: &str) -> impl Iterator<Item = &str> {
    field.trim().split('|').filter(|part| !part.is_empty() && *part != NONE).map(|part| match part.strip_prefix(MESH) {
        Some(rest) if !rest.is_empty() && !rest.contains(':') => rest,
        _ => part,
    })
}

impl Deref for ConceptIds {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for ConceptIds {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for ConceptIds {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<ConceptIds> for String {
    fn from(ids: ConceptIds) -> Self {
        ids.0
    }
}

impl PartialEq<&str> for ConceptIds {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for ConceptIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(field: &str) -> ConceptIds {
        field.into()
    }

    #[test]
    fn ids_are_trimmed_and_prefixed_by_the_kits_rule() {
        let with_prefix = |field: &str| String::from(ids(field).with_prefix());
        assert_eq!(with_prefix(" D008661"), "MESH:D008661");
        assert_eq!(with_prefix("D003110|D009369"), "MESH:D003110|MESH:D009369");
        assert_eq!(with_prefix("D004829+D003294"), "MESH:D004829+D003294");
        assert_eq!(with_prefix("OMIM:312080| C1"), "OMIM:312080|MESH:C1");
        assert_eq!(with_prefix("MESH:D1"), "MESH:D1");
        assert_eq!(with_prefix("-1"), "-1");
    }

    #[test]
    fn one_field_by_each_rule() {
        let field = ids(" MESH:D1+D2| OMIM:3 ||-1|D4");
        assert_eq!(field.parts().collect::<Vec<_>>(), ["MESH:D1+D2", "OMIM:3", "-1", "D4"]);
        assert_eq!(field.concepts().collect::<Vec<_>>(), ["MESH:D1+D2", "OMIM:3", "D4"]);
        assert_eq!(field.kit_ids().collect::<Vec<_>>(), ["D1+D2", " OMIM:3 ", "D4"]);
        assert_eq!(field.single_ids().collect::<Vec<_>>(), ["D1", "D2", "OMIM:3", "D4"]);
        assert_eq!(field.first(), "MESH:D1");
        assert!(!field.is_none() && ids(" -1 ").is_none() && ids("").is_none());
    }
}
