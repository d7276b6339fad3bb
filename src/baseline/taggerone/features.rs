//! Features of segments: those of its words, of its two ends, and of the segment as a whole. A segment's score is the sum of theirs, so
//! that all segments of a sentence are scored from sums over its words.

use crate::baseline::words::{Numbers, Word, features};
use std::collections::HashMap;

/// Words on each side of a segment that its features name.
const SIDE: usize = 3;

/// Numbers of the features of a sentence's words and places.
#[derive(Clone, Debug, Default)]
pub struct SentenceFeatures {
    /// Of each word within a segment.
    pub words: Vec<Vec<u32>>,
    /// Of a segment that begins with each word.
    pub starts: Vec<Vec<u32>>,
    /// Of a segment that ends with each word.
    pub ends: Vec<Vec<u32>>,
    /// Depth of round brackets before each word, and behind the last.
    depth: Vec<i32>,
}

/// Texts of features with their numbers; those of words are found once for each distinct word.
#[derive(Clone, Debug, Default)]
pub struct FeatureNumbers {
    numbers: Numbers,
    of_words: HashMap<Word, Vec<u32>>,
    wholes: Wholes,
}

/// The numbers of the features of whole segments: bias, length, longest, brackets.
#[derive(Clone, Debug, Default)]
struct Wholes {
    bias: u32,
    lengths: Vec<u32>,
    longest: u32,
    unbalanced: u32,
}

/// Lengths with a feature of their own.
const LENGTHS: usize = 8;

impl FeatureNumbers {
    pub fn new() -> Self {
        let mut numbers = Numbers::default();
        let mut number = |text: &str| numbers.number(text);
        let bias = number("bias");
        let lengths = (1..=LENGTHS).map(|length| number(&format!("length={length}"))).collect();
        let wholes = Wholes { bias, lengths, longest: number("longest"), unbalanced: number("unbalanced") };
        Self { numbers, of_words: HashMap::new(), wholes }
    }

    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The features of a sentence of training: those that were not met before are numbered.
    pub fn learn(&mut self, words: &[Word]) -> SentenceFeatures {
        let Self { numbers, of_words, .. } = self;
        sentence(words, &mut |text| Some(numbers.number(text)), Some(of_words))
    }

    /// The features of a sentence, as far as training has them.
    pub fn sentence(&self, words: &[Word]) -> SentenceFeatures {
        sentence(words, &mut |text| self.numbers.find(text), None)
    }

    /// The features of the segment `start..end` as a whole.
    pub fn whole(&self, sentence: &SentenceFeatures, start: usize, end: usize, longest: usize) -> impl Iterator<Item = u32> {
        let length = end - start;
        let unbalanced = (start..=end).any(|at| sentence.depth[at] < sentence.depth[start]) || sentence.depth[end] != sentence.depth[start];
        let wholes = &self.wholes;
        let of = [
            Some(wholes.bias),
            Some(wholes.lengths[length.min(LENGTHS) - 1]),
            (length == longest).then_some(wholes.longest),
            unbalanced.then_some(wholes.unbalanced),
        ];
        of.into_iter().flatten()
    }

    /// All features of a segment, as often as it has them.
    pub fn segment(&self, sentence: &SentenceFeatures, start: usize, end: usize, longest: usize) -> Vec<u32> {
        let mut all: Vec<u32> = sentence.words[start..end].iter().flatten().copied().collect();
        all.extend(&sentence.starts[start]);
        all.extend(&sentence.ends[end - 1]);
        all.extend(self.whole(sentence, start, end, longest));
        all
    }
}

/// The features of a sentence, by the numbers that `number` gives them; those of words are kept in `known`.
fn sentence(
    words: &[Word],
    number: &mut dyn FnMut(&str) -> Option<u32>,
    mut known: Option<&mut HashMap<Word, Vec<u32>>>,
) -> SentenceFeatures {
    let mut found = SentenceFeatures::default();
    let small: Vec<String> = words.iter().map(|word| word.text.to_lowercase()).collect();
    let at = |at: Option<usize>| at.and_then(|at| small.get(at)).map_or("", String::as_str);
    let mut depth = 0;
    for (here, word) in words.iter().enumerate() {
        let of_word = match known.as_ref().and_then(|known| known.get(word)) {
            Some(of_word) => of_word.clone(),
            None => {
                let of_word = of_word(word, number);
                if let Some(known) = &mut known {
                    known.insert(word.clone(), of_word.clone());
                }
                of_word
            }
        };
        found.words.push(of_word);
        let mut starts = vec![format!("first={}", small[here])];
        let mut ends = vec![format!("last={}", small[here])];
        for distance in 1..=SIDE {
            starts.push(format!("before-{distance}={}", at(here.checked_sub(distance))));
            ends.push(format!("behind-{distance}={}", at(Some(here + distance))));
        }
        starts.push(format!("before-two={} {}", at(here.checked_sub(2)), at(here.checked_sub(1))));
        starts.push(format!("before-first={} {}", at(here.checked_sub(1)), small[here]));
        ends.push(format!("last-behind={} {}", small[here], at(Some(here + 1))));
        ends.push(format!("behind-two={} {}", at(Some(here + 1)), at(Some(here + 2))));
        starts.push(format!("first-joined={}", word.joined[0]));
        ends.push(format!("last-joined={}", word.joined[1]));
        found.starts.push(starts.iter().filter_map(|text| number(text)).collect());
        found.ends.push(ends.iter().filter_map(|text| number(text)).collect());
        found.depth.push(depth);
        depth += i32::from(word.text == "(") - i32::from(word.text == ")");
    }
    found.depth.push(depth);
    found
}

fn of_word(word: &Word, number: &mut dyn FnMut(&str) -> Option<u32>) -> Vec<u32> {
    let mut texts = Vec::new();
    features(word, |feature| texts.push(feature.to_owned()));
    texts.sort_unstable();
    texts.dedup();
    texts.iter().filter_map(|text| number(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::words::words;
    use crate::corpus::tokenize;

    #[test]
    fn a_segment_has_the_features_of_its_words_its_ends_and_itself() {
        let mut numbers = FeatureNumbers::new();
        let sentence = numbers.learn(&words(&tokenize("has renal ache (RA) now")));
        let has = |text: &str, start: usize, end: usize| {
            numbers.numbers.find(text).is_some_and(|number| numbers.segment(&sentence, start, end, 3).contains(&number))
        };
        for feature in ["word=renal", "word=ache", "first=renal", "last=ache", "before-1=has", "behind-1=(", "length=2", "bias"] {
            assert!(has(feature, 1, 3), "{feature}");
        }
        assert!(!has("word=has", 1, 3) && !has("unbalanced", 1, 3) && !has("longest", 1, 3));
        assert!(has("unbalanced", 2, 4) && has("longest", 1, 4) && has("before-2=", 1, 3));
        assert!(has("unbalanced", 4, 6) && !has("unbalanced", 3, 6));
    }

    #[test]
    fn what_was_not_learned_is_left_out() {
        let mut numbers = FeatureNumbers::new();
        numbers.learn(&words(&tokenize("a rash")));
        let known = numbers.len();
        let other = numbers.sentence(&words(&tokenize("ß")));
        assert!(numbers.len() == known && other.words[0].iter().all(|&number| (number as usize) < known));
    }
}
