//! Distinct words as the network sees them: a row of the word table, and characters as indices.

/// A distinct word as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordType {
    /// Row of the word table; 0 is the unknown word.
    pub row: u32,
    /// Its row stands for one training token only: training replaces it at random by the unknown word.
    pub singleton: bool,
    end_of_characters: u32,
}

/// The distinct words of some text, numbered in the order of their coming.
#[derive(Clone, Debug, Default)]
pub struct WordTypes {
    types: Vec<WordType>,
    characters: Vec<u32>,
}

impl WordTypes {
    /// Adds a word and gives its number. A character is its place in `alphabet`, which is sorted, from 1; 0 stands for any other.
    pub fn push(&mut self, form: &str, row: u32, singleton: bool, alphabet: &[char]) -> u32 {
        self.characters.extend(form.chars().map(|c| alphabet.binary_search(&c).map_or(0, |i| i as u32 + 1)));
        self.types.push(WordType { row, singleton, end_of_characters: self.characters.len() as u32 });
        self.types.len() as u32 - 1
    }

    /// The word numbered `word`.
    ///
    /// # Panics
    /// Where there is none: a bug of the caller.
    pub fn get(&self, word: u32) -> WordType {
        self.types[word as usize]
    }

    /// Character indices of the word numbered `word`.
    ///
    /// # Panics
    /// Where there is none: a bug of the caller.
    pub fn characters(&self, word: u32) -> &[u32] {
        let word = word as usize;
        let start = word.checked_sub(1).map_or(0, |before| self.types[before].end_of_characters);
        &self.characters[start as usize..self.types[word].end_of_characters as usize]
    }

    pub fn len(&self) -> usize {
        self.types.len()
    }

    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_places_in_the_alphabet_and_any_other_is_0() {
        let mut words = WordTypes::default();
        let alphabet = ['a', 'g', 'o', 't', 'u'];
        assert_eq!((words.push("gout", 3, true, &alphabet), words.push("", 0, false, &alphabet)), (0, 1));
        assert_eq!(words.push("ßa", 0, false, &alphabet), 2);
        assert_eq!([0, 1, 2].map(|word| words.characters(word)), [&[2, 3, 5, 4][..], &[], &[0, 1]]);
        assert_eq!((words.get(0).row, words.get(0).singleton, words.len()), (3, true, 3));
    }
}
