//! The stemmer of M. F. Porter, "An algorithm for suffix stripping" (Program 14(3), 1980), as published: not the later Snowball
//! "English" stemmer (Porter2). DNorm and TaggerOne stem with it.

/// The stem of a word of small letters a-z; any other word, and one of fewer than three letters, is returned as it is.
pub fn stem(word: &str) -> String {
    if word.len() < 3 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let mut stem = Stem(word.as_bytes().to_vec());
    stem.plurals();
    stem.past_and_gerund();
    stem.y_to_i();
    stem.replace(STEP_2, 1);
    stem.replace(STEP_3, 1);
    stem.strip();
    stem.final_e();
    stem.double_l();
    stem.0.iter().map(|&b| char::from(b)).collect()
}

/// Suffix and what replaces it; the longest that fits is taken, and alone tried.
const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("abli", "able"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
];
const STEP_3: &[(&str, &str)] =
    &[("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];
const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive", "ize",
];

/// The word as it is being cut.
struct Stem(Vec<u8>);

impl Stem {
    /// Whether the letter at `at` is a consonant: `y` is one at the start and after a vowel.
    fn consonant(&self, at: usize) -> bool {
        match self.0[at] {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => at == 0 || !self.consonant(at - 1),
            _ => true,
        }
    }

    /// Porter's m of the first `length` letters: how often a vowel is followed by a consonant.
    fn measure(&self, length: usize) -> usize {
        (1..length).filter(|&at| self.consonant(at) && !self.consonant(at - 1)).count()
    }

    fn has_vowel(&self, length: usize) -> bool {
        (0..length).any(|at| !self.consonant(at))
    }

    /// Whether the first `length` letters end in two of the same consonant.
    fn double_consonant(&self, length: usize) -> bool {
        length >= 2 && self.0[length - 1] == self.0[length - 2] && self.consonant(length - 1)
    }

    /// Porter's *o: the first `length` letters end consonant, vowel, consonant, the last of them none of w, x, y.
    fn consonant_vowel_consonant(&self, length: usize) -> bool {
        length >= 3
            && self.consonant(length - 1)
            && !self.consonant(length - 2)
            && self.consonant(length - 3)
            && !matches!(self.0[length - 1], b'w' | b'x' | b'y')
    }

    /// Letters before `suffix`, if the word ends in it.
    fn before(&self, suffix: &str) -> Option<usize> {
        self.0.ends_with(suffix.as_bytes()).then(|| self.0.len() - suffix.len())
    }

    fn set(&mut self, length: usize, ending: &str) {
        self.0.truncate(length);
        self.0.extend_from_slice(ending.as_bytes());
    }

    /// Step 1a.
    fn plurals(&mut self) {
        for (suffix, ending) in [("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")] {
            if let Some(length) = self.before(suffix) {
                return self.set(length, ending);
            }
        }
    }

    /// Step 1b.
    fn past_and_gerund(&mut self) {
        if let Some(length) = self.before("eed") {
            if self.measure(length) > 0 {
                self.set(length, "ee");
            }
            return;
        }
        let Some(length) = ["ed", "ing"].iter().find_map(|suffix| self.before(suffix)) else { return };
        if !self.has_vowel(length) {
            return;
        }
        self.0.truncate(length);
        if ["at", "bl", "iz"].iter().any(|ending| self.before(ending).is_some()) {
            self.0.push(b'e');
        } else if self.double_consonant(length) && !matches!(self.0[length - 1], b'l' | b's' | b'z') {
            self.0.pop();
        } else if self.measure(length) == 1 && self.consonant_vowel_consonant(length) {
            self.0.push(b'e');
        }
    }

    /// Step 1c.
    fn y_to_i(&mut self) {
        if let Some(length) = self.before("y").filter(|&length| self.has_vowel(length)) {
            self.set(length, "i");
        }
    }

    /// Steps 2 and 3: the longest suffix of the list is replaced if what stands before it has a measure of at least `measure`.
    fn replace(&mut self, list: &[(&str, &str)], measure: usize) {
        let longest = list.iter().filter_map(|&(suffix, ending)| Some((self.before(suffix)?, ending))).min_by_key(|&(length, _)| length);
        if let Some((length, ending)) = longest
            && self.measure(length) >= measure
        {
            self.set(length, ending);
        }
    }

    /// Step 4.
    fn strip(&mut self) {
        let longest = STEP_4.iter().filter_map(|&suffix| Some((self.before(suffix)?, suffix))).min_by_key(|&(length, _)| length);
        if let Some((length, suffix)) = longest
            && self.measure(length) > 1
            && (suffix != "ion" || (length > 0 && matches!(self.0[length - 1], b's' | b't')))
        {
            self.0.truncate(length);
        }
    }

    /// Step 5a.
    fn final_e(&mut self) {
        if let Some(length) = self.before("e") {
            let measure = self.measure(length);
            if measure > 1 || (measure == 1 && !self.consonant_vowel_consonant(length)) {
                self.0.truncate(length);
            }
        }
    }

    /// Step 5b.
    fn double_l(&mut self) {
        let length = self.0.len();
        if self.0.last() == Some(&b'l') && self.double_consonant(length) && self.measure(length - 1) > 1 {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of Porter's paper and words of this field; values by NLTK 3.10.4:
    /// `PorterStemmer(mode=PorterStemmer.ORIGINAL_ALGORITHM).stem(word)`.
    const NLTK: &[(&str, &str)] = &[
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("ties", "ti"),
        ("caress", "caress"),
        ("cats", "cat"),
        ("feed", "feed"),
        ("agreed", "agre"),
        ("plastered", "plaster"),
        ("bled", "bled"),
        ("motoring", "motor"),
        ("sing", "sing"),
        ("conflated", "conflat"),
        ("troubled", "troubl"),
        ("sized", "size"),
        ("hopping", "hop"),
        ("tanned", "tan"),
        ("falling", "fall"),
        ("hissing", "hiss"),
        ("fizzed", "fizz"),
        ("failing", "fail"),
        ("filing", "file"),
        ("happy", "happi"),
        ("sky", "sky"),
        ("relational", "relat"),
        ("conditional", "condit"),
        ("rational", "ration"),
        ("valenci", "valenc"),
        ("hesitanci", "hesit"),
        ("digitizer", "digit"),
        ("conformabli", "conform"),
        ("radicalli", "radic"),
        ("differentli", "differ"),
        ("vileli", "vile"),
        ("analogousli", "analog"),
        ("vietnamization", "vietnam"),
        ("predication", "predic"),
        ("operator", "oper"),
        ("feudalism", "feudal"),
        ("decisiveness", "decis"),
        ("hopefulness", "hope"),
        ("callousness", "callous"),
        ("formaliti", "formal"),
        ("sensitiviti", "sensit"),
        ("sensibiliti", "sensibl"),
        ("triplicate", "triplic"),
        ("formative", "form"),
        ("formalize", "formal"),
        ("electriciti", "electr"),
        ("electrical", "electr"),
        ("hopeful", "hope"),
        ("goodness", "good"),
        ("revival", "reviv"),
        ("allowance", "allow"),
        ("inference", "infer"),
        ("airliner", "airlin"),
        ("gyroscopic", "gyroscop"),
        ("adjustable", "adjust"),
        ("defensible", "defens"),
        ("irritant", "irrit"),
        ("replacement", "replac"),
        ("adjustment", "adjust"),
        ("dependent", "depend"),
        ("adoption", "adopt"),
        ("homologou", "homolog"),
        ("communism", "commun"),
        ("activate", "activ"),
        ("angulariti", "angular"),
        ("homologous", "homolog"),
        ("effective", "effect"),
        ("bowdlerize", "bowdler"),
        ("probate", "probat"),
        ("rate", "rate"),
        ("cease", "ceas"),
        ("controll", "control"),
        ("roll", "roll"),
        ("anemia", "anemia"),
        ("deficiency", "defici"),
        ("diseases", "diseas"),
        ("ovarian", "ovarian"),
        ("hereditary", "hereditari"),
        ("neuropathies", "neuropathi"),
        ("dysplasia", "dysplasia"),
        ("syndromes", "syndrom"),
        ("carcinomas", "carcinoma"),
        ("metastases", "metastas"),
        ("insufficiency", "insuffici"),
        ("psychoses", "psychos"),
        ("diabetes", "diabet"),
        ("thrombocytopenia", "thrombocytopenia"),
        ("hemorrhagic", "hemorrhag"),
        ("inherited", "inherit"),
        ("dying", "dy"),
        ("yes", "ye"),
        ("say", "sai"),
        ("toyed", "toi"),
        ("ion", "ion"),
        ("lion", "lion"),
        ("nation", "nation"),
    ];

    #[test]
    fn stems_are_those_of_the_published_algorithm() {
        for (word, expected) in NLTK {
            assert_eq!(stem(word), *expected, "{word}");
        }
    }

    #[test]
    fn what_is_no_word_of_small_letters_stays() {
        for word in ["", "as", "Ties", "2ies", "thalassämie", "types2"] {
            assert_eq!(stem(word), word);
        }
    }
}
