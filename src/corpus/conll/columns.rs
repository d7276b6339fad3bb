//! What the columns of a CoNLL file are, as its user names them.

use std::fmt;
use std::str::FromStr;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Token,
    Tag,
    Gold,
    Pred,
    Concept,
    Ignored,
}

const NAMES: [(&str, Role); 6] = [
    ("token", Role::Token),
    ("tag", Role::Tag),
    ("gold", Role::Gold),
    ("pred", Role::Pred),
    ("concept", Role::Concept),
    ("_", Role::Ignored),
];

/// The columns of a file, in order; read from `token,gold,pred`. Names are `token`, `tag`, `gold`, `pred`, `concept`, and `_` for a column
/// that is skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    roles: Vec<Role>,
    /// Which of several columns of tags is read.
    wanted: Role,
}

/// Why columns cannot be read so.
#[allow(missing_docs)] // the message of a variant says what it and its fields are
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    #[error("there is no kind of column `{found}`; did you mean `{nearest}`? expected a list such as token,gold,pred of {}", names())]
    Unknown { found: String, nearest: &'static str },
    #[error("{what}; expected a list such as token,tag,concept or token,gold,pred of {}", names())]
    Shape { what: String },
}

fn names() -> String {
    NAMES.map(|(name, _)| name).join(", ")
}

fn name(role: Role) -> &'static str {
    NAMES.iter().find(|(_, of)| *of == role).map_or("_", |(name, _)| name)
}

impl FromStr for Columns {
    type Err = ColumnsError;

    fn from_str(text: &str) -> Result<Self, ColumnsError> {
        let mut roles = Vec::new();
        for word in text.split(',').map(str::trim) {
            let role = NAMES.iter().find(|(name, _)| *name == word.to_lowercase()).map(|(_, role)| *role);
            let Some(role) = role else {
                let likeness = |name: &str| strsim::jaro_winkler(&word.to_lowercase(), name);
                let nearest = NAMES.map(|(name, _)| name).into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or("token");
                return Err(ColumnsError::Unknown { found: word.to_owned(), nearest });
            };
            if role != Role::Ignored && roles.contains(&role) {
                return Err(ColumnsError::Shape { what: format!("`{word}` is named twice") });
            }
            roles.push(role);
        }
        let wanted = [Role::Tag, Role::Gold, Role::Pred].into_iter().find(|role| roles.contains(role));
        match wanted {
            _ if !roles.contains(&Role::Token) => Err(ColumnsError::Shape { what: "no column is `token`".into() }),
            None => Err(ColumnsError::Shape { what: "no column is `tag`, `gold` or `pred`".into() }),
            Some(wanted) => Ok(Self { roles, wanted }),
        }
    }
}

impl Columns {
    /// Token and tag, and where there are three columns concepts: what a file has whose columns are not named.
    pub(super) fn usual(count: usize) -> Self {
        let mut roles = vec![Role::Token, Role::Tag];
        roles.extend((count > 2).then_some(Role::Concept));
        Self { roles, wanted: Role::Tag }
    }

    /// The same columns, where tags are read from the one called `pred`, if there is one.
    #[must_use]
    pub fn predicted(mut self) -> Self {
        if self.roles.contains(&Role::Pred) {
            self.wanted = Role::Pred;
        }
        self
    }

    pub(super) fn len(&self) -> usize {
        self.roles.len()
    }

    fn place(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|other| *other == role)
    }

    pub(super) fn token(&self) -> usize {
        self.place(Role::Token).unwrap_or_default()
    }

    pub(super) fn tag(&self) -> usize {
        self.place(self.wanted).unwrap_or_default()
    }

    pub(super) fn concept(&self) -> Option<usize> {
        self.place(Role::Concept)
    }
}

/// `1 token, 2 gold (read as the mentions), 3 pred (skipped)`.
impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let described = self.roles.iter().enumerate().map(|(at, &role)| {
            let skipped = [Role::Tag, Role::Gold, Role::Pred, Role::Ignored].contains(&role) && role != self.wanted;
            let what = match role {
                _ if skipped => " (skipped)",
                Role::Gold | Role::Pred => " (read as the tags)",
                _ => "",
            };
            format!("{} {}{what}", at + 1, name(role))
        });
        f.write_str(&described.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_in_order() {
        let columns: Columns = "token, _,gold,pred".parse().unwrap();
        assert_eq!((columns.token(), columns.tag(), columns.concept(), columns.len()), (0, 2, None, 4));
        assert_eq!(columns.clone().predicted().tag(), 3);
        assert_eq!(columns.to_string(), "1 token, 2 _ (skipped), 3 gold (read as the tags), 4 pred (skipped)");
        assert_eq!(Columns::usual(3).to_string(), "1 token, 2 tag, 3 concept");
        let said = |text: &str| text.parse::<Columns>().unwrap_err().to_string();
        insta::assert_snapshot!(said("token,gld"), @"there is no kind of column `gld`; did you mean `gold`? expected a list such as token,gold,pred of token, tag, gold, pred, concept, _");
        assert!(said("tag").contains("no column is `token`"));
        assert!(said("token,concept").contains("no column is `tag`, `gold` or `pred`"));
        assert!(said("token,tag,tag").contains("`tag` is named twice"));
    }
}
