//! The closed set of tags that a head chooses from.

use std::collections::{BTreeSet, HashMap};

/// The tag of a token that is in no mention.
pub const OUTSIDE: &str = "O";

/// Tags with their numbers: `O` is 0, the others follow sorted, so that the same tags get the same numbers wherever they come
/// from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSet {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl TagSet {
    /// The set of these tags, with [`OUTSIDE`].
    pub fn new<S: AsRef<str>>(tags: impl IntoIterator<Item = S>) -> Self {
        let distinct: BTreeSet<String> = tags.into_iter().map(|tag| tag.as_ref().to_owned()).filter(|tag| tag != OUTSIDE).collect();
        let names: Vec<String> = std::iter::once(OUTSIDE.to_owned()).chain(distinct).collect();
        let index = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { names, index }
    }

    /// The number of `tag`; `None` for one that was not seen.
    pub fn index_of(&self, tag: &str) -> Option<usize> {
        self.index.get(tag).copied()
    }

    /// The tag numbered `index`.
    ///
    /// # Panics
    /// Where `index` is not below [`TagSet::len`].
    pub fn name(&self, index: usize) -> &str {
        &self.names[index]
    }

    /// All tags in the order of their numbers.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many tags there are, `O` among them: at least one.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.names.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_is_first_and_the_order_of_arrival_does_not_matter() {
        let tags = TagSet::new(["I-Disease", "O", "B-Disease", "I-Disease"]);
        assert_eq!(tags.names(), ["O", "B-Disease", "I-Disease"]);
        assert_eq!(tags, TagSet::new(["B-Disease", "I-Disease"]));
        assert_eq!((tags.index_of("I-Disease"), tags.index_of("B-Chemical"), tags.len()), (Some(2), None, 3));
        assert_eq!([0, 1, 2].map(|index| tags.name(index)), ["O", "B-Disease", "I-Disease"]);
    }
}
