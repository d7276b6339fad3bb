//! Beam search over sequences of actions, and learning with early update (Collins and Roark 2004).
//!
//! A sentence is cut into units: mentions of some type, and single words outside. At each word the open unit goes on, or it is closed - a
//! mention with one of the candidates of its string - and a unit of some label is opened; behind the last word it is closed.

use super::dictionary::{Candidate, Dictionary, bag};
use super::perceptron::{FeatureKey, Perceptron, key};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A label of a unit: 0 is outside, 1 + t a mention of type t.
pub type Label = u8;

/// What is done at a word, or behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// `None`: the open unit goes on.
    pub opens: Option<Label>,
    /// What the unit means that is closed: number of its candidate, 0 for none of them.
    pub closes: u8,
}

/// A word by the numbers of its texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordTexts {
    pub small: u64,
    pub shape: u64,
    pub prefix: u64,
    pub suffix: u64,
}

/// A sentence that can be searched.
pub struct SearchSentence {
    pub words: Vec<WordTexts>,
    /// Stems of each token, short forms expanded.
    pub stems: Vec<Vec<String>>,
    pub gold: Vec<Action>,
    /// The training document of the sentence, while it is learned from.
    document: Option<u32>,
    candidates: RefCell<HashMap<(usize, usize), Rc<Unit>>>,
}

/// A stretch of words that may be a mention.
struct Unit {
    text: u64,
    candidates: Vec<Candidate>,
    /// Numbers of (concept, first word, last word of its name) of each.
    texts: Vec<[u64; 3]>,
}

impl SearchSentence {
    pub fn new(words: Vec<WordTexts>, stems: Vec<Vec<String>>, document: Option<u32>) -> Self {
        Self { words, stems, gold: Vec::new(), document, candidates: RefCell::default() }
    }

    pub fn candidates(&self, dictionary: &Dictionary, start: usize, end: usize) -> Vec<Candidate> {
        self.unit(dictionary, start, end).candidates.clone()
    }

    fn unit(&self, dictionary: &Dictionary, start: usize, end: usize) -> Rc<Unit> {
        if let Some(known) = self.candidates.borrow().get(&(start, end)) {
            return Rc::clone(known);
        }
        let bag = bag(self.stems[start..end].iter().flatten());
        let candidates = dictionary.candidates(&bag, self.document);
        let texts = candidates
            .iter()
            .map(|candidate| {
                let [first, last] = dictionary.ends(candidate.concept);
                [text_number(dictionary.field(candidate.concept)), text_number(first), text_number(last)]
            })
            .collect();
        let unit = Rc::new(Unit { text: text_number(&bag), candidates, texts });
        self.candidates.borrow_mut().insert((start, end), Rc::clone(&unit));
        unit
    }
}

/// The number of a text among features.
pub fn text_number(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// A partial labelling: the open unit and what is known of those before.
#[derive(Clone, Debug)]
struct State {
    score: f64,
    /// First word of the open unit, and its label.
    start: usize,
    label: Label,
    /// Start and label of the unit before, and of the one before that.
    before: [Option<(usize, Label)>; 2],
    /// Number of the concept of the last mention that was closed.
    last_concept: u64,
    actions: Vec<Action>,
}

/// What a search needs to know.
pub struct Searcher<'a> {
    pub dictionary: &'a Dictionary,
    /// Labels there are, with outside.
    pub labels: Label,
    pub beam: usize,
    /// Most words of a mention.
    pub longest: usize,
}

impl Searcher<'_> {
    /// The best actions that a beam finds: one for each word and one behind the last.
    pub fn search(&self, perceptron: &Perceptron, sentence: &SearchSentence) -> Vec<Action> {
        let mut beam = vec![State::first()];
        for at in 0..=sentence.words.len() {
            beam = self.step(perceptron, sentence, &beam, at);
        }
        beam.into_iter().next().map(|best| best.actions).unwrap_or_default()
    }

    /// One sentence: where the gold actions fall out of the beam, or do not win, their features up to there gain and those of the best
    /// others lose, from the first action that differs on. Whether they did.
    pub fn learn(&self, perceptron: &mut Perceptron, sentence: &SearchSentence) -> bool {
        let mut beam = vec![State::first()];
        let mut gold = State::first();
        let mut wrong = false;
        for at in 0..=sentence.words.len() {
            beam = self.step(perceptron, sentence, &beam, at);
            gold = self.after(perceptron, sentence, &gold, sentence.gold[at], at);
            let last = at == sentence.words.len();
            let lost = if last { beam[0].actions != gold.actions } else { beam.iter().all(|state| state.actions != gold.actions) };
            if lost {
                wrong = true;
                break;
            }
        }
        if wrong {
            let same = gold.actions.iter().zip(&beam[0].actions).take_while(|(a, b)| a == b).count();
            for (actions, change) in [(&gold.actions, 1.0), (&beam[0].actions, -1.0)] {
                for features in self.features_from(perceptron, sentence, actions, same) {
                    perceptron.change(&features, change);
                }
            }
        }
        perceptron.step();
        wrong
    }

    /// The features of each of these actions, from number `from` on.
    fn features_from(&self, perceptron: &Perceptron, sentence: &SearchSentence, actions: &[Action], from: usize) -> Vec<Vec<FeatureKey>> {
        let mut state = State::first();
        let mut found = Vec::new();
        for (at, &action) in actions.iter().enumerate() {
            if at >= from {
                found.push(self.features(sentence, &state, action, at));
            }
            state = self.after(perceptron, sentence, &state, action, at);
        }
        found
    }

    /// The best states behind one more action; of equal ones the first.
    fn step(&self, perceptron: &Perceptron, sentence: &SearchSentence, beam: &[State], at: usize) -> Vec<State> {
        let mut ways: Vec<(f64, usize, Action)> = Vec::new();
        for (number, state) in beam.iter().enumerate() {
            for action in self.actions(sentence, state, at) {
                let score = state.score + perceptron.score(&self.features(sentence, state, action, at));
                ways.push((score, number, action));
            }
        }
        ways.sort_by(|a, b| b.0.total_cmp(&a.0));
        ways.truncate(self.beam);
        ways.into_iter().map(|(score, number, action)| self.with(sentence, &beam[number], action, at, score)).collect()
    }

    fn after(&self, perceptron: &Perceptron, sentence: &SearchSentence, state: &State, action: Action, at: usize) -> State {
        let score = state.score + perceptron.score(&self.features(sentence, state, action, at));
        self.with(sentence, state, action, at, score)
    }

    fn with(&self, sentence: &SearchSentence, state: &State, action: Action, at: usize, score: f64) -> State {
        let mut next = State { score, ..state.clone() };
        next.actions.push(action);
        if let Some(label) = action.opens {
            if at > 0 {
                next.before = [Some((state.start, state.label)), state.before[0]];
                if state.label > 0 {
                    let unit = sentence.unit(self.dictionary, state.start, at);
                    next.last_concept = action.closes.checked_sub(1).map_or(1, |chosen| unit.texts[usize::from(chosen)][0]);
                }
            }
            (next.start, next.label) = (at, label);
        }
        next
    }

    /// What may be done.
    fn actions(&self, sentence: &SearchSentence, state: &State, at: usize) -> Vec<Action> {
        let mut actions = Vec::new();
        let end = at == sentence.words.len();
        let open = at > 0 && state.label > 0;
        if open && !end && at - state.start < self.longest {
            actions.push(Action { opens: None, closes: 0 });
        }
        let closings = if open { sentence.unit(self.dictionary, state.start, at).candidates.len() as u8 } else { 0 };
        for closes in 0..=closings {
            for label in 0..if end { 1 } else { self.labels } {
                actions.push(Action { opens: Some(label), closes });
            }
        }
        actions
    }

    /// The features of an action at a word.
    fn features(&self, sentence: &SearchSentence, state: &State, action: Action, at: usize) -> Vec<FeatureKey> {
        let nothing = WordTexts::default();
        let word = |distance: isize| at.checked_add_signed(distance).and_then(|at| sentence.words.get(at)).copied().unwrap_or(nothing);
        let (here, next, last, second) = (word(0), word(1), word(-1), word(-2));
        let mut found = Vec::with_capacity(32);
        // Templates 0-19: the open unit goes on.
        let Some(label) = action.opens else {
            let label = u64::from(state.label);
            let length = (at - state.start).min(8) as u64;
            let longer = sentence.unit(self.dictionary, state.start, at + 1);
            found.extend([
                key(0, &[label, last.small, here.small]),
                key(1, &[label, here.small]),
                key(2, &[label, here.small, next.small]),
                key(3, &[label, here.shape, last.shape]),
                key(4, &[label, here.suffix]),
                key(5, &[label, here.prefix]),
                key(6, &[label, length]),
                key(7, &[label, u64::from(!longer.candidates.is_empty())]),
                key(8, &[label, sentence.words[state.start].small, here.small]),
                key(9, &[label, next.small]),
            ]);
            return found;
        };
        if at > 0 && state.label > 0 {
            self.closing(sentence, state, action, at, &mut found);
        }
        // Templates 60 and on: a unit is opened.
        let label = u64::from(label);
        let [before, earlier] = state.before.map(|unit| unit.map_or(9, |(_, label)| u64::from(label)));
        let open = if at > 0 { u64::from(state.label) } else { 8 };
        let alone = sentence.words.get(at).map(|_| sentence.unit(self.dictionary, at, at + 1));
        let known = alone.is_some_and(|unit| !unit.candidates.is_empty());
        found.extend([
            key(60, &[label, here.small]),
            key(61, &[label, here.small, here.shape]),
            key(62, &[label, last.small, here.small, here.shape]),
            key(63, &[label, second.small, last.small, second.shape, last.shape, open]),
            key(64, &[label, last.prefix]),
            key(65, &[label, last.suffix]),
            key(66, &[label, here.prefix]),
            key(67, &[label, here.suffix]),
            key(68, &[label, here.small, next.small]),
            key(69, &[label, next.small]),
            key(70, &[label, open, before, earlier]),
            key(71, &[label, open, last.small]),
            key(72, &[label, u64::from(known)]),
            key(73, &[label, here.shape, next.shape]),
            key(74, &[label, next.suffix]),
            key(75, &[label, open, here.small]),
            key(76, &[label, next.small, word(2).small]),
        ]);
        found
    }

    /// The features of a mention that is closed before word `at`, and of what it means.
    fn closing(&self, sentence: &SearchSentence, state: &State, action: Action, at: usize, found: &mut Vec<FeatureKey>) {
        let label = u64::from(state.label);
        let unit = sentence.unit(self.dictionary, state.start, at);
        let length = (at - state.start).min(8) as u64;
        let (first, last) = (sentence.words[state.start], sentence.words[at - 1]);
        let behind = sentence.words.get(at).map_or(0, |word| word.small);
        let ahead = state.start.checked_sub(1).map_or(0, |at| sentence.words[at].small);
        let in_training = unit.candidates.iter().any(|candidate| candidate.count > 0);
        let in_names = unit.candidates.iter().any(|candidate| candidate.kind.is_some());
        let known = u64::from(in_training) + 2 * u64::from(in_names);
        found.extend([
            key(20, &[label, unit.text]),
            key(21, &[label, known]),
            key(22, &[label, known, length]),
            key(23, &[label, last.small]),
            key(24, &[label, last.suffix]),
            key(25, &[label, first.small, last.small]),
            key(26, &[label, length]),
            key(27, &[label, ahead, behind]),
            key(28, &[label, last.small, behind]),
            key(29, &[label, ahead, first.small]),
            key(30, &[label, last.shape, length]),
        ]);
        let Some(chosen) = usize::from(action.closes).checked_sub(1) else {
            found.extend([key(40, &[label, known]), key(41, &[unit.text]), key(42, &[last.small]), key(43, &[length, known])]);
            return;
        };
        let (candidate, texts) = (unit.candidates[chosen], unit.texts[chosen]);
        let kind = candidate.kind.map_or(9, |kind| kind as u64);
        let count = u64::from(32 - candidate.count.leading_zeros());
        found.extend([
            key(44, &[texts[0]]),
            key(45, &[texts[0], unit.text]),
            key(46, &[texts[1], texts[2]]),
            key(47, &[texts[2], last.small]),
            key(48, &[kind, count]),
            key(49, &[chosen as u64, unit.candidates.len() as u64]),
            key(50, &[texts[0], state.last_concept]),
            key(51, &[u64::from(texts[0] == state.last_concept), count]),
            key(52, &[label, length, kind]),
        ]);
    }
}

impl State {
    fn first() -> Self {
        Self { score: 0.0, start: 0, label: 0, before: [None; 2], last_concept: 0, actions: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::concepts::fixtures::{disease, lexicon};
    use crate::baseline::transition::dictionary::stems;

    fn sentence(text: &str) -> SearchSentence {
        let tokens: Vec<&str> = text.split(' ').collect();
        let word = |token: &&str| WordTexts {
            small: text_number(token),
            shape: token.len() as u64,
            prefix: text_number(&token[..1]),
            suffix: text_number(&token[token.len() - 1..]),
        };
        SearchSentence::new(tokens.iter().map(word).collect(), tokens.iter().map(|token| stems(token)).collect(), None)
    }

    fn dictionary() -> Dictionary {
        let lexicon = lexicon(&[("D1", &[], &["knee ache", "sore"]), ("D2", &[], &["rash", "ache", "sore"])]);
        Dictionary::new(&lexicon, &[], &disease())
    }

    /// Every sequence of actions with its score.
    fn all(searcher: &Searcher, perceptron: &Perceptron, sentence: &SearchSentence, state: &State, at: usize, found: &mut Vec<State>) {
        if at > sentence.words.len() {
            found.push(state.clone());
            return;
        }
        for action in searcher.actions(sentence, state, at) {
            let next = searcher.after(perceptron, sentence, state, action, at);
            all(searcher, perceptron, sentence, &next, at + 1, found);
        }
    }

    /// Any weights: those of the features that learning one labelling after another leaves.
    fn trained(searcher: &Searcher, sentences: &[SearchSentence]) -> Perceptron {
        let mut perceptron = Perceptron::default();
        for _ in 0..3 {
            for sentence in sentences {
                searcher.learn(&mut perceptron, sentence);
            }
        }
        perceptron
    }

    fn with_gold(text: &str, gold: &[(Option<Label>, u8)]) -> SearchSentence {
        let mut sentence = sentence(text);
        sentence.gold = gold.iter().map(|&(opens, closes)| Action { opens, closes }).collect();
        sentence
    }

    #[test]
    fn a_wide_beam_finds_the_best_of_all_sequences() {
        let dictionary = dictionary();
        let searcher = Searcher { dictionary: &dictionary, labels: 3, beam: 100_000, longest: 3 };
        let sentences = [
            with_gold("a knee ache", &[(Some(0), 0), (Some(1), 0), (None, 0), (Some(0), 1)]),
            with_gold("sore rash now", &[(Some(2), 0), (Some(1), 2), (Some(0), 1), (Some(0), 0)]),
        ];
        let perceptron = trained(&searcher, &sentences);
        for text in ["sore knee ache", "rash", "a sore", "ache ache rash"] {
            let sentence = sentence(text);
            let mut found = Vec::new();
            all(&searcher, &perceptron, &sentence, &State::first(), 0, &mut found);
            let most = found.iter().map(|state| state.score).fold(f64::NEG_INFINITY, f64::max);
            let actions = searcher.search(&perceptron, &sentence);
            let own = found.iter().find(|state| state.actions == actions).unwrap();
            assert!((own.score - most).abs() < 1e-9, "{text}");
            // A narrow beam finds one of them too.
            let narrow = Searcher { beam: 1, ..searcher }.search(&perceptron, &sentence);
            assert!(found.iter().any(|state| state.actions == narrow));
        }
    }

    #[test]
    fn what_it_was_taught_it_does() {
        let dictionary = dictionary();
        let searcher = Searcher { dictionary: &dictionary, labels: 2, beam: 4, longest: 3 };
        let sentences = [
            with_gold("a knee ache went", &[(Some(0), 0), (Some(1), 0), (None, 0), (Some(0), 1), (Some(0), 0)]),
            with_gold("the sore went", &[(Some(0), 0), (Some(1), 0), (Some(0), 2), (Some(0), 0)]),
        ];
        let mut perceptron = Perceptron::default();
        for _ in 0..20 {
            for sentence in &sentences {
                searcher.learn(&mut perceptron, sentence);
            }
        }
        for sentence in &sentences {
            assert_eq!(searcher.search(&perceptron.average(), sentence), sentence.gold);
        }
        assert!(!searcher.learn(&mut perceptron, &sentences[0]));
        assert_eq!(searcher.search(&perceptron, &SearchSentence::new(Vec::new(), Vec::new(), None)).len(), 1);
    }
}
